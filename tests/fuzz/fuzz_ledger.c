/*
 * Any bytes as a ledger: no crash; the count of records is what it says; a piece of a line at the
 * end changes nothing but its own length.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gate/ledger_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    GateLedgerCheck check, again;
    Err err;
    Buf more;
    Status status = ledger_verify((Str){(const char *)data, size}, "l", &check, &err);
    if (status != OK && (status != E_CORRUPT || check.damaged != check.records + 1)) abort();
    if (check.entries > check.records || check.torn > check.records) abort();
    if (status != OK || check.open_bytes) return 0;
    buf_init(&more, size + 16);
    buf_add(&more, data, size);
    if (size && data[size - 1] != '\n') buf_add_byte(&more, '\n');
    buf_add_c(&more, "7 begin {");
    if (more.status == OK) {
        if (ledger_verify(buf_str(&more), "l", &again, &err) != OK) abort();
        if (again.records != check.records || again.open_bytes < 9) abort();
        if (strcmp(again.head, check.head) != 0) abort();
    }
    buf_fini(&more);
    return 0;
}
