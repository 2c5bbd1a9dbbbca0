/*
 * Where the ledger ends, kept beside it: a chain of hashes does not show that its end was cut off.
 *
 *     gate/egress.head     "N HASH": number and hash of the last record, sealed by the vault
 *     state/egress.last    the same once more, in another folder (gate_ledger_keep_last)
 *
 * The second one is there for an older ledger that is put back together with its head, as a backup
 * of the folder does it: the later of the two counts.
 *
 * Each record that is appended replaces both, under the ledger's lock and after the record is on
 * the disk. They are not synced: a power loss leaves a head that is some records behind, or one
 * that cannot be read, but never one that is ahead. Whoever appends compares it with the end that
 * he finds. Where they differ the new record says so, and so the chain holds it:
 *
 *     N end {"head":"9 HASH",...       the ledger had a record 9 with this hash, and then ended
 *     N end {"head":"none",...         there are records, and no head that can be read
 *
 * A head that names one of the last LEDGER_TRAIL records is a crash's; any other says that the end
 * was cut off or all was written anew. Record 1 may name another ledger's: it was moved away as a
 * whole, which the user may do; a crash may leave a head of that other one behind. A ledger that
 * ends before its head was cut since.
 *
 * Limits: who has the vault's key can seal other heads, and who puts back an older ledger with both
 * heads of its time, or takes the second away, is not seen: a whole home that is put back (a
 * snapshot of the disk) looks as it did. For that the last hash has to be kept elsewhere.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "gate/ledger_impl.h"

enum { HEAD_TEXT_MAX = 24 + HASH_HEX };
static const char head_name[] = "egress.head", last_name[] = "egress.last";
_Static_assert((int)HEAD_TEXT_MAX >= 20 + 1 + (int)HASH_HEX, "the largest number, a blank, a hash");

/* ---- words --------------------------------------------------------------------------------- */

static bool head_read(Str text, LedgerHead *out) {
    uint8_t digest[HASH_BYTES];
    Err err;
    int64_t n;
    size_t blank = str_find(text, STR(" "), 0);
    if (blank == SIZE_MAX || text.n - blank != HASH_HEX) return false;
    Str hash = str_sub(text, blank + 1, text.n);
    if (num_parse_int(str_sub(text, 0, blank), 1, UINT32_MAX, "record", "", &n, &err) != OK) {
        return false;
    }
    if (!hash_from_hex(hash, digest)) return false;
    out->n = (uint64_t)n;
    memcpy(out->hash, hash.p, hash.n);
    out->hash[hash.n] = 0;
    return true;
}

bool ledger_head_same(const LedgerHead *a, const LedgerHead *b) {
    return a->n == b->n && strcmp(a->hash, b->hash) == 0;
}

/* ---- on the disk --------------------------------------------------------------------------- */

/* `path` NULL: the one beside the ledger. */
static Status get_one(Vault *vault, const char *path, LedgerHead *out, Err *err) {
    Buf text;
    *out = (LedgerHead){0};
    buf_init(&text, HEAD_TEXT_MAX + 1);
    Status status = path ? vault_note_get_at(vault, path, last_name, &text, err)
                         : vault_note_get(vault, head_name, &text, err);
    bool bad = status == E_CORRUPT || status == E_UNSUPPORTED || status == E_LIMIT;
    if (status == OK && !head_read(buf_str(&text), out)) *out = (LedgerHead){0};
    buf_fini(&text);
    return bad || status == E_NOT_FOUND ? OK : status; /* none that can be read */
}

Status ledger_head_get(Vault *vault, const char *last, LedgerHead *out, Err *err) {
    LedgerHead other = {0};
    TRY(get_one(vault, NULL, out, err));
    if (last) TRY(get_one(vault, last, &other, err));
    if (other.n && other.n >= out->n) *out = other;
    return OK;
}

Status ledger_head_put(Vault *vault, const char *last, const LedgerHead *head, Err *err) {
    char text[HEAD_TEXT_MAX];
    assert(head->n > 0 && strlen(head->hash) == HASH_HEX - 1); /* what head_read takes */
    (void)snprintf(text, sizeof text, "%" PRIu64 " %s", head->n, head->hash);
    TRY(vault_note_put(vault, head_name, str_from(text), err));
    return last ? vault_note_put_at(vault, last, last_name, str_from(text), err) : OK;
}

/* ---- what a record says of it ---------------------------------------------------------------- */

void ledger_head_claim(const LedgerHead *kept, const LedgerHead *found, Buf *out) {
    if (kept->n && !ledger_head_same(kept, found)) {
        buf_printf(out, "\"head\":\"%" PRIu64 " %s\",", kept->n, kept->hash);
    } else if (!kept->n && found->n) {
        buf_add_c(out, "\"head\":\"none\",");
    }
}

/* It stands first, or behind "torn". */
static Str claim_text(const LedgerRecord *record) {
    static const char key[] = "\"head\":\"";
    assert(record->json.n > 0 && record->json.p[0] == '{');
    Str all = str_sub(record->json, 1, record->json.n);
    if (str_starts(all, STR("\"torn\":"))) {
        size_t comma = str_find(all, STR(","), 0);
        if (comma != SIZE_MAX) all = str_sub(all, comma + 1, all.n);
    }
    if (!str_starts(all, str_from(key))) return (Str){0};
    Str text = str_sub(all, sizeof key - 1, all.n);
    size_t end = str_find(text, STR("\""), 0);
    return end == SIZE_MAX ? (Str){0} : str_sub(text, 0, end);
}

LedgerClaim ledger_head_judge(const LedgerRecord *record, const LedgerTrail *trail,
                              LedgerHead *said) {
    Str text = claim_text(record);
    *said = (LedgerHead){0};
    if (!text.n) return CLAIM_NONE;
    if (str_eq_c(text, "none")) return CLAIM_UNKEPT;
    if (!head_read(text, said)) return CLAIM_CUT;
    if (record->n == 1) return CLAIM_EARLIER;
    if (ledger_head_same(said, &trail->earlier)) return CLAIM_NONE;
    const char *hash = trail->hash[said->n % LEDGER_TRAIL];
    bool recent = said->n < record->n && record->n - said->n <= LEDGER_TRAIL;
    return recent && strcmp(hash, said->hash) == 0 ? CLAIM_NONE : CLAIM_CUT;
}

void ledger_trail_add(LedgerTrail *trail, const LedgerRecord *record) {
    char *to = trail->hash[record->n % LEDGER_TRAIL];
    assert(record->hash.n == HASH_HEX - 1);
    memcpy(to, record->hash.p, HASH_HEX - 1);
    to[HASH_HEX - 1] = 0;
}
