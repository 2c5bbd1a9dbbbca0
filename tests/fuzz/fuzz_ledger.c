/*
 * Any bytes as a ledger: no crash; the count of records is what it says; a piece of the next record
 * at the end changes nothing but its own length, and a piece of another one is damage.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gate/ledger_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The whole ledger with the first bytes of record n behind it. */
static Status with_piece(Str ledger, uint64_t n, GateLedgerCheck *check) {
    Buf more;
    Err err;
    char piece[40];
    (void)snprintf(piece, sizeof piece, "%" PRIu64 " begin {", n);
    buf_init(&more, ledger.n + sizeof piece + 1);
    buf_add(&more, ledger.p, ledger.n);
    if (ledger.n && ledger.p[ledger.n - 1] != '\n') buf_add_byte(&more, '\n');
    buf_add_c(&more, piece);
    Status status = more.status;
    if (status == OK) status = ledger_verify(buf_str(&more), "l", NULL, check, &err);
    buf_fini(&more);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    GateLedgerCheck check, again;
    Err err;
    Str ledger = {(const char *)data, size};
    Status status = ledger_verify(ledger, "l", NULL, &check, &err);
    if (status != OK && (status != E_CORRUPT || check.damaged != check.records + 1)) abort();
    if (check.entries > check.records || check.torn > check.records) abort();
    if (status != OK || check.open_bytes) return 0;
    if (with_piece(ledger, check.records + 1, &again) != OK) abort();
    if (again.records != check.records || again.open_bytes < 9) abort();
    if (strcmp(again.head, check.head) != 0) abort();
    if (with_piece(ledger, check.records + 2, &again) != E_CORRUPT) abort();
    return 0;
}
