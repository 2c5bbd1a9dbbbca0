/*
 * Any bytes as the router's memory: no crash; what is read can be used, and what is written again
 * is what was read.
 *
 * The checksum of what was learned would keep the fuzzer outside, so it is set right first.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "route/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const RouteRecord *record) {
    static RouteRecord again;
    Buf bytes, more;
    Err err;
    buf_init(&bytes, ROUTE_RECORD_BYTES_MAX);
    buf_init(&more, ROUTE_RECORD_BYTES_MAX);
    route_record_write(record, &bytes);
    if (route_record_read((const uint8_t *)bytes.p, bytes.n, &again, &err) != OK) abort();
    route_record_write(&again, &more);
    if (!str_eq(buf_str(&bytes), buf_str(&more))) abort();
    buf_fini(&bytes);
    buf_fini(&more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { LEARNED_AT = 8, END = LEARNED_AT + ROUTE_LEARNED_BYTES };
    static RouteRecord record;
    Err err;
    uint8_t *copy = malloc(size + 1);
    if (!copy) return 0;
    memcpy(copy, data, size);
    if (size >= END) {
        uint64_t check = hash_check64(copy + LEARNED_AT, ROUTE_LEARNED_BYTES - 8, LEARN_VERSION);
        memcpy(copy + END - 8, &check, 8);
    }
    Status status = route_record_read(copy, size, &record, &err);
    free(copy);
    if (status != OK) return err.message[0] ? 0 : (abort(), 0);
    check_same(&record);
    RouteEntry fresh = {.at_s = 7, .check = ROUTE_SUPPORTED};
    uint64_t id = route_record_add(&record, &fresh, (Str){(const char *)data, size});
    if (id == 0) abort();
    (void)route_record_thumb(&record, id, true, NULL);
    RouteBudget *budget = route_record_budget(&record, "far", 20261126, 2);
    if (budget) route_budget_add(budget, 0, 0.5, 0.5);
    check_same(&record);
    return 0;
}
