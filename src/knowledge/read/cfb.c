/*
 * The body of cfb.h.
 *
 * A compound file is a header of 512 bytes and sectors of 512 or 4096. The FAT has a number for
 * each sector: that of the next one of its stream, or a mark. The sectors of the FAT itself are
 * listed in the header (109 of them) and then in a chain of DIFAT sectors. Entries of 128 bytes
 * make up the directory; each storage names a child, and children are nodes of a tree by left and
 * right. Streams below a cutoff lie in 64-byte sectors of the root's own stream, chained by the
 * mini FAT.
 *
 * Nothing of it is believed: a sector lies in the file or ends the chain, a chain has no more
 * sectors than the file, an entry is visited once. What a writer left short is taken as short.
 *
 * Limits: ENTRIES_MAX entries. Sources: [MS-CFB] 2.2 (header), 2.3 (FAT), 2.5 (DIFAT), 2.6
 * (directory); [MS-OLEPS] 2.21 (property sets), 3.1 (summary information).
 *
 *     header | sector 0 | sector 1 | sector 2 | ...        sector n begins at (n + 1) << shift
 *     fat:     [4]        [END]      [FREE]           the stream that begins with 0 goes on in 4
 */
#include "knowledge/read/cfb.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/plain.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/clean.h"

enum {
    HEADER_BYTES = 512,
    ENTRY_BYTES = 128,
    NAME_MAX_BYTES = 64,
    MINI_SHIFT = 6,
    DIFAT_IN_HEADER = 109,
    ENTRIES_MAX = 1 << 16,
    SECTORS_MAX = 1 << 23,
    VALUE_MAX = 4096
};

_Static_assert(ENTRIES_MAX < CFB_NONE, "CFB_NONE is no entry");
static const uint32_t SECTOR_LAST = 0xFFFFFFFA; /* above: marks, no numbers */

uint32_t cfb_u32(Str s, uint64_t at) {
    if (at > s.n || s.n - at < 4) return 0;
    const uint8_t *p = (const uint8_t *)s.p + at;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

unsigned cfb_u16(Str s, uint64_t at) {
    if (at > s.n || s.n - at < 2) return 0;
    return (uint8_t)s.p[at] | (unsigned)(uint8_t)s.p[at + 1] << 8;
}

/* The bytes of a sector that are there; empty behind the end. */
static Str sector(const Cfb *cfb, uint32_t n) {
    assert(cfb->shift == 9 || cfb->shift == 12); /* cfb_open has looked */
    uint64_t from = ((uint64_t)n + 1) << cfb->shift, to = from + (1U << cfb->shift);
    if (n >= SECTOR_LAST || from >= cfb->bytes.n) return (Str){NULL, 0};
    return str_sub(cfb->bytes, (size_t)from, to < cfb->bytes.n ? (size_t)to : cfb->bytes.n);
}

/* One sentence for all of them: nobody can mend a table by hand. */
static Status damaged(Err *err) {
    return err_set(err, E_CORRUPT, "this Office file is damaged");
}

/* ---- tables ---- */

/* Appends the whole numbers of a sector; SECTORS_MAX of them are a file of 4 GiB at least. */
static Status add_numbers(uint32_t **items, size_t *n, size_t *cap, Str from, Err *err) {
    size_t more = from.n / 4;
    TRY(mem_grow((void **)items, cap, *n + more, sizeof **items, SECTORS_MAX, err));
    for (size_t i = 0; i < more; i++) (*items)[(*n)++] = cfb_u32(from, 4 * i);
    return OK;
}

/* A sector that is not there adds nothing: chains end where the table does. */
static Status add_fat(Cfb *cfb, uint32_t number, Err *err) {
    return add_numbers(&cfb->fat, &cfb->n_fat, &cfb->cap_fat, sector(cfb, number), err);
}

/* The list in the header, then the chain of DIFAT sectors, whose last number names the next one.
   `most`: no file has more sectors, so that a loop ends. */
static Status read_fat(Cfb *cfb, Err *err) {
    size_t most = (cfb->bytes.n >> cfb->shift) + 1, seen = 0;
    for (size_t i = 0; i < DIFAT_IN_HEADER; i++) {
        uint32_t number = cfb_u32(cfb->bytes, 76 + 4 * i);
        if (number < SECTOR_LAST) TRY(add_fat(cfb, number, err));
    }
    uint32_t next = cfb_u32(cfb->bytes, 68);
    while (next < SECTOR_LAST && seen++ < most) {
        Str list = sector(cfb, next);
        size_t n = list.n / 4;
        for (size_t i = 0; n && i < n - 1; i++) {
            uint32_t number = cfb_u32(list, 4 * i);
            if (number < SECTOR_LAST && cfb->n_fat <= most) TRY(add_fat(cfb, number, err));
        }
        next = n ? cfb_u32(list, 4 * (n - 1)) : SECTOR_LAST;
    }
    return cfb->n_fat ? OK : damaged(err);
}

/* ---- chains ---- */

/* A stream in ordinary sectors, at most `size` bytes of it. */
static Status add_chain(const Cfb *cfb, uint32_t first, uint64_t size, Buf *out, Err *err) {
    size_t left = cfb->n_fat;
    for (uint32_t at = first; size && at < cfb->n_fat && left; at = cfb->fat[at], left--) {
        Str part = sector(cfb, at);
        if (!part.n) break;
        size_t n = part.n < size ? part.n : (size_t)size;
        buf_add(out, part.p, n);
        size -= n;
    }
    return buf_check(out, "a part of an Office file", err);
}

/* The same in 64-byte sectors of the mini stream. `left` ends a chain that runs in a circle. */
static Status add_mini(const Cfb *cfb, uint32_t first, uint64_t size, Buf *out, Err *err) {
    const size_t step = 1U << MINI_SHIFT;
    size_t left = cfb->n_mini_fat;
    for (uint32_t at = first; size && at < cfb->n_mini_fat && left; left--) {
        size_t from = (size_t)at << MINI_SHIFT;
        if (from >= cfb->mini.n) break;
        size_t n = cfb->mini.n - from < step ? cfb->mini.n - from : step;
        if (n > size) n = (size_t)size;
        buf_add(out, cfb->mini.p + from, n);
        size -= n;
        at = cfb->mini_fat[at];
    }
    return buf_check(out, "a part of an Office file", err);
}

/* Which of the two it lies in is told by its size alone (2.6.1). */
Status cfb_stream(const Cfb *cfb, uint32_t entry, Buf *out, Err *err) {
    if (entry >= cfb->n_entries || !cfb->entries[entry].is_stream) return OK;
    const CfbEntry *e = &cfb->entries[entry];
    if (e->size_bytes < cfb->cutoff_bytes) return add_mini(cfb, e->first, e->size_bytes, out, err);
    return add_chain(cfb, e->first, e->size_bytes, out, err);
}

/* ---- the directory ---- */

/* The length counts the NUL at the end, in bytes of UTF-16. */
static Status take_name(Str bytes, CfbEntry *e, Err *err) {
    Buf name;
    size_t n = cfb_u16(bytes, 64);
    n = n > NAME_MAX_BYTES ? NAME_MAX_BYTES : n >= 2 ? n - 2 : 0;
    buf_init(&name, 1024);
    charset_add(&name, str_sub(bytes, 0, n), "UTF-16LE");
    (void)snprintf(e->name, sizeof e->name, "%s", name.p ? name.p : "");
    Status status = buf_check(&name, "a name in an Office file", err);
    buf_fini(&name);
    return status;
}

/* All entries in the order of their numbers, also unused ones: numbers are places in this list. */
static Status read_entries(Cfb *cfb, Str all, Err *err) {
    for (size_t at = 0; at + ENTRY_BYTES <= all.n; at += ENTRY_BYTES) {
        Str bytes = str_sub(all, at, at + ENTRY_BYTES);
        uint8_t type = (uint8_t)bytes.p[66];
        TRY(mem_grow((void **)&cfb->entries, &cfb->cap_entries, cfb->n_entries + 1,
                     sizeof *cfb->entries, ENTRIES_MAX, err));
        CfbEntry *e = &cfb->entries[cfb->n_entries++];
        *e = (CfbEntry){.parent = CFB_NONE, .is_stream = type == 2,
                        .is_storage = type == 1 || type == 5, .first = cfb_u32(bytes, 116),
                        .size_bytes = cfb_u32(bytes, 120)};
        if (cfb->shift == 12) e->size_bytes |= (uint64_t)cfb_u32(bytes, 124) << 32;
        TRY(take_name(bytes, e, err));
    }
    return cfb->n_entries ? OK : damaged(err);
}

typedef struct Todo {
    uint32_t *items;
    size_t n, cap;
} Todo;

/* Puts an entry of a storage on the list, once. */
static Status reach(Cfb *cfb, Todo *todo, uint32_t entry, uint32_t parent, Err *err) {
    if (entry >= cfb->n_entries || entry == CFB_ROOT) return OK;
    if (cfb->entries[entry].parent != CFB_NONE) return OK;
    cfb->entries[entry].parent = parent;
    TRY(mem_grow((void **)&todo->items, &todo->cap, todo->n + 1, sizeof *todo->items, ENTRIES_MAX,
                 err));
    todo->items[todo->n++] = entry;
    return OK;
}

/* Who lies in which storage: the root's child first, then each one's neighbours and own child. */
static Status read_tree(Cfb *cfb, Str all, Err *err) {
    Todo todo = {0};
    Status status = reach(cfb, &todo, cfb_u32(all, 76), CFB_ROOT, err);
    for (size_t i = 0; status == OK && i < todo.n; i++) {
        uint32_t at = todo.items[i], parent = cfb->entries[at].parent;
        assert(parent != CFB_NONE); /* or it could be put on the list again, for ever */
        size_t from = (size_t)at * ENTRY_BYTES;
        status = reach(cfb, &todo, cfb_u32(all, from + 68), parent, err);
        if (status == OK) status = reach(cfb, &todo, cfb_u32(all, from + 72), parent, err);
        if (status == OK && cfb->entries[at].is_storage) {
            status = reach(cfb, &todo, cfb_u32(all, from + 76), at, err);
        }
    }
    mem_free(todo.items);
    return status;
}

/* Twice over the same bytes: first what the entries are, then how they hang together. */
static Status read_directory(Cfb *cfb, Err *err) {
    Buf all;
    buf_init(&all, (size_t)ENTRIES_MAX * ENTRY_BYTES);
    Status status = add_chain(cfb, cfb_u32(cfb->bytes, 48), all.max, &all, err);
    if (status == OK) status = read_entries(cfb, buf_str(&all), err);
    if (status == OK) status = read_tree(cfb, buf_str(&all), err);
    buf_fini(&all);
    return status;
}

/* The mini FAT, and the root's own stream that it divides. */
static Status read_mini(Cfb *cfb, Err *err) {
    Buf table;
    buf_init(&table, (size_t)SECTORS_MAX * 4);
    const CfbEntry *root = &cfb->entries[CFB_ROOT];
    Status status = add_chain(cfb, cfb_u32(cfb->bytes, 60), table.max, &table, err);
    if (status == OK) {
        status = add_numbers(&cfb->mini_fat, &cfb->n_mini_fat, &cfb->cap_mini_fat,
                             buf_str(&table), err);
    }
    if (status == OK) status = add_chain(cfb, root->first, root->size_bytes, &cfb->mini, err);
    buf_fini(&table);
    return status;
}

/* Only the two sizes of sectors that exist, and the one mini sector that exists, are let in. */
Status cfb_open(Str bytes, Cfb *out, Err *err) {
    *out = (Cfb){.bytes = bytes};
    buf_init(&out->mini, DOC_TEXT_MAX);
    if (!str_starts(bytes, STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) || bytes.n < HEADER_BYTES) {
        return damaged(err);
    }
    out->shift = cfb_u16(bytes, 30);
    out->cutoff_bytes = cfb_u32(bytes, 56);
    if ((out->shift != 9 && out->shift != 12) || cfb_u16(bytes, 32) != MINI_SHIFT) {
        return damaged(err);
    }
    TRY(read_fat(out, err));
    TRY(read_directory(out, err));
    return read_mini(out, err);
}

void cfb_close(Cfb *cfb) {
    mem_free(cfb->fat);
    mem_free(cfb->mini_fat);
    mem_free(cfb->entries);
    buf_fini(&cfb->mini);
    *cfb = (Cfb){0};
}

/* Along the list: the order of the tree, by names, is not relied on. */
uint32_t cfb_find(const Cfb *cfb, uint32_t storage, const char *name) {
    for (size_t i = 1; i < cfb->n_entries; i++) {
        const CfbEntry *e = &cfb->entries[i];
        if (e->parent == storage && plain_same(e->name, name)) return (uint32_t)i;
    }
    return CFB_NONE;
}

/* ---- summary information ---- */

/* Days from about 1870 to 9814: what is outside is a field that was never set. */
bool cfb_day(uint64_t filetime, char out[11]) {
    enum { DAY_1970 = 134774, DAYS_MAX = 3000000 };
    uint64_t days = filetime / UINT64_C(864000000000);
    if (days < DAY_1970 - 365 * 100 || days > DAYS_MAX) return false;
    (void)calendar_iso(calendar_date((int64_t)days - DAY_1970), out);
    return true;
}

/* A string of the property set; `codepage` is that of its bytes. */
static Status take_words(char **field, Str set, size_t at, unsigned codepage) {
    enum { VT_LPSTR = 0x1E, VT_LPWSTR = 0x1F };
    uint32_t type = cfb_u32(set, at) & 0xFFFF, n = cfb_u32(set, at + 4);
    if ((type != VT_LPSTR && type != VT_LPWSTR) || *field || at + 8 > set.n) return OK;
    uint64_t bytes = type == VT_LPWSTR ? (uint64_t)n * 2 : n;
    if (bytes > VALUE_MAX || bytes > set.n - at - 8) return OK;
    Buf text;
    buf_init(&text, 4 * VALUE_MAX);
    charset_add(&text, str_sub(set, at + 8, at + 8 + (size_t)bytes),
                type == VT_LPWSTR ? "UTF-16LE" : charset_of_codepage(codepage));
    Str value = buf_str(&text);
    const char *end = value.n ? memchr(value.p, 0, value.n) : NULL;
    if (end) value.n = (size_t)(end - value.p);
    Status status = emit_meta(field, value, NULL);
    buf_fini(&text);
    return status;
}

/* Where the value of a property stands in its set; 0: nowhere. */
static size_t find_property(Str set, uint32_t id) {
    uint32_t n = cfb_u32(set, 4);
    for (uint32_t i = 0; i < n && 8 + 8 * (size_t)i + 8 <= set.n; i++) {
        if (cfb_u32(set, 8 + 8 * (size_t)i) == id) return cfb_u32(set, 12 + 8 * (size_t)i);
    }
    return 0;
}

/* The first that is asked for wins; the caller asks for the day of saving first. */
static void take_day(Str set, size_t at, Doc *doc) {
    enum { VT_FILETIME = 0x40 };
    char day[11];
    if (!at || doc->date || cfb_u32(set, at) != VT_FILETIME || at + 12 > set.n) return;
    uint64_t time = cfb_u32(set, at + 4) | (uint64_t)cfb_u32(set, at + 8) << 32;
    if (cfb_day(time, day) && emit_meta(&doc->date, str_from(day), NULL) != OK) return;
}

/* Offsets of properties are from the start of their set. Strings before Unicode are in the code
   page that property 1 names. */
void cfb_summary(const Cfb *cfb, Doc *doc) {
    enum { CODEPAGE = 1, TITLE = 2, AUTHOR = 4, CREATED = 12, SAVED = 13, FIRST_SET = 44 };
    Buf bytes;
    buf_init(&bytes, 1 << 20);
    uint32_t entry = cfb_find(cfb, CFB_ROOT, "\005SummaryInformation");
    if (cfb_stream(cfb, entry, &bytes, NULL) == OK) {
        Str all = buf_str(&bytes);
        uint32_t from = cfb_u32(all, FIRST_SET);
        bool there = all.n >= FIRST_SET + 4 && from < all.n;
        Str set = there ? str_sub(all, from, all.n) : STR("");
        size_t page = find_property(set, CODEPAGE);
        unsigned codepage = page ? cfb_u16(set, page + 4) : 1252;
        size_t title = find_property(set, TITLE), author = find_property(set, AUTHOR);
        bool fine = !title || take_words(&doc->title, set, title, codepage) == OK;
        if (fine && author) fine = take_words(&doc->author, set, author, codepage) == OK;
        if (fine) take_day(set, find_property(set, SAVED), doc);
        if (fine) take_day(set, find_property(set, CREATED), doc);
    }
    buf_fini(&bytes);
}
