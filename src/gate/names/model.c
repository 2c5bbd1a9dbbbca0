/*
 * The model's bytes: what training kept, in whole numbers.
 *
 * Layout, little-endian:
 *
 *      0  magic         "HTAGGER\n"
 *      8  version       u32, 1
 *     12  types         u32, 1..12
 *     16  word_buckets  u32, 1..2^17
 *     20  row_buckets   u32, 1..2^17
 *     24  flags         u32: 1 = words have clusters; other bits are refused
 *     28  step          u32: what a weight of 1 is worth, in millionths
 *     32  check         u64 over bytes 8..31 and all from 40 on (names_check)
 *     40  zeros up to 64
 *     64  name          u8[12], each type's number outside; zeros up to 80
 *     80  enter         i16[13][13], from none or type a to none or type b
 *    418  inside        i16[4][12]: B->I, B->E, I->I, I->E; zeros up to 528
 *    528  slope         i32[12], then offset i32[12], in thousandths; zeros up to 640
 *    640  word_print    u16[8 * word_buckets]
 *         word_facts    u8[8 * word_buckets][3 or, with flag 1, 4]: part of speech (bit 7: longer
 *                       words begin so), lists, cost, cluster
 *         row_print     u16[8 * row_buckets]
 *         rows          i8[8 * row_buckets][4 * types]: weights of B, I, E, S of each type
 *
 * The file ends there; one byte more or less is damage. Both tables are buckets of eight slots; an
 * empty slot's print is 0. The check finds accidents; against hostile bytes every count has a range
 * and no value leads outside a table (a slot is found by its key, whatever the slot says), so that
 * the worst they can do is to tag nonsense.
 */
#include "gate/names/model.h"
#include "base/mem.h"

/* Steps between labels, in the order of the file: 16 bits each, of little-endian machines. */
static void read_moves(const uint8_t *p, NamesMoves *out) {
    int16_t value;
    for (uint32_t a = 0; a <= NAMES_TYPES_MAX; a++) {
        for (uint32_t b = 0; b <= NAMES_TYPES_MAX; b++, p += sizeof value) {
            memcpy(&value, p, sizeof value);
            out->enter[a][b] = value;
        }
    }
    int32_t *inside[] = {out->b_i, out->b_e, out->i_i, out->i_e};
    for (size_t k = 0; k < ARRAY_LEN(inside); k++) {
        for (uint32_t t = 0; t < NAMES_TYPES_MAX; t++, p += sizeof value) {
            memcpy(&value, p, sizeof value);
            inside[k][t] = value;
        }
    }
}

/* Slope and offset of each type's line, by which a margin becomes a probability. */
static void read_lines(const uint8_t *p, NamesModel *out) {
    int32_t value;
    for (uint32_t t = 0; t < 2 * NAMES_TYPES_MAX; t++, p += sizeof value) {
        memcpy(&value, p, sizeof value);
        *(t < NAMES_TYPES_MAX ? &out->slope[t] : &out->offset[t - NAMES_TYPES_MAX]) =
            (float)value / 1000.0f;
    }
}

/* The tables, one behind the other; false: they do not fill the bytes. */
static bool place_tables(Reader *r, bool clusters, NamesModel *m) {
    uint64_t words = (uint64_t)BUCKET * m->word_buckets, rows = (uint64_t)BUCKET * m->row_buckets;
    m->word_print = reader_bytes(r, 2 * words);
    m->word_bytes = clusters ? 4 : 3;
    m->word_facts = reader_bytes(r, m->word_bytes * words);
    m->row_print = reader_bytes(r, 2 * rows);
    m->rows = (const int8_t *)reader_bytes(r, rows * m->row);
    return !r->bad && r->at == r->n;
}

/* All fields with their bounds; sizes of the tables follow from them. */
static Status read_header(Reader *r, NamesModel *m, uint32_t *flags, Err *err) {
    const uint8_t *magic = reader_bytes(r, 8);
    if (!magic || memcmp(magic, NAMES_MAGIC, 8) != 0) {
        return err_set(err, E_CORRUPT, "the tagger's model does not begin as one");
    }
    uint32_t version = reader_u32(r);
    m->types = reader_u32(r);
    m->word_buckets = reader_u32(r);
    m->row_buckets = reader_u32(r);
    *flags = reader_u32(r);
    uint32_t step = reader_u32(r);
    uint64_t check = reader_u64(r);
    if (version != NAMES_VERSION || (*flags & ~(uint32_t)NAMES_CLUSTERS)) {
        return err_set(err, E_UNSUPPORTED, "a tagger's model of version %u, flags %u", version,
                       *flags);
    }
    if (!m->types || m->types > NAMES_TYPES_MAX || !m->word_buckets || !m->row_buckets ||
        m->word_buckets > NAMES_BUCKETS_MAX || m->row_buckets > NAMES_BUCKETS_MAX || !step ||
        step > 1000000 || r->n < NAMES_TABLES_AT) {
        return err_set(err, E_CORRUPT, "the tagger's model has a count out of range");
    }
    m->row = 4 * m->types;
    _Static_assert(ROW_MAX == 4 * NAMES_TYPES_MAX, "a row of the widest model");
    m->step = (float)step / 1e6f;
    if (check != names_check((const char *)r->p, r->n)) {
        return err_set(err, E_CORRUPT, "the tagger's model is damaged");
    }
    return OK;
}

/* Tables stay where they are: `bytes` must outlive the model. Types are bytes of the file: who
   takes a find compares them with SCAN_TYPE_COUNT (scan/tagged.c). */
Status names_model_place(Str bytes, NamesModel *out, Err *err) {
    Reader r = reader_init(bytes.p, bytes.n);
    uint32_t flags = 0;
    *out = (NamesModel){0};
    TRY(read_header(&r, out, &flags, err));
    memcpy(out->name, r.p + NAMES_NAME_AT, sizeof out->name);
    read_moves(r.p + NAMES_MOVES_AT, &out->moves);
    read_lines(r.p + NAMES_LINES_AT, out);
    r.at = NAMES_TABLES_AT;
    if (place_tables(&r, flags & NAMES_CLUSTERS, out)) return OK;
    return err_set(err, E_CORRUPT, "the tagger's model of %zu bytes has another length", bytes.n);
}

/* As names_model_place, into memory of its own. */
Status names_model_read(Str bytes, NamesModel **out, Err *err) {
    NamesModel m;
    TRY(names_model_place(bytes, &m, err));
    NamesModel *model = mem_alloc(sizeof *model);
    if (!model) return err_no_memory(err, "the tagger's model");
    *model = m;
    *out = model;
    return OK;
}

void names_model_free(NamesModel *model) {
    mem_free(model);
}
