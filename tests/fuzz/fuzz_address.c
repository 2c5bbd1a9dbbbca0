/*
 * Addresses in any text: each lies in the text and goes forward, and a stream is found open at the
 * same places however it is cut.
 *
 * Input: a byte that chooses form and cuts, then the text.
 */
#include <stdlib.h>

#include "gate/guard/address.h"

static void walk(Str text, bool json) {
    AddressView view;
    Address address;
    size_t at = 0;
    if (address_view_init(&view, text, json, NULL) != OK) return;
    while (address_next(&view, at, &address)) {
        if (address.begin < at || address.end < address.begin || address.reach > text.n) abort();
        if (address.end > address.reach) abort();
        at = address.end > address.begin ? address.end : address.begin + 1;
    }
    address_view_fini(&view);
}

/* Asked behind every seventh byte; fed `most` bytes at once. */
static uint64_t watched(Str text, bool json, size_t most) {
    AddressWatch watch;
    uint64_t seen = 1;
    bool open = false;
    address_watch_init(&watch, json);
    for (size_t from = 0, n; from < text.n; from += n) {
        n = 7 - from % 7;
        if (n > most) n = most;
        if (n > text.n - from) n = text.n - from;
        if (address_watch_feed(&watch, str_sub(text, from, from + n), NULL) != OK) abort();
        if ((from + n) % 7 != 0) continue;
        if (address_watch_open(&watch, &open, NULL) != OK) abort();
        seen = seen * 3 + open;
    }
    address_watch_fini(&watch);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    Str text = {(const char *)data + 1, size - 1};
    bool json = data[0] & 1;
    walk(text, json);
    if (watched(text, json, 7) != watched(text, json, 1 + (data[0] >> 1) % 6)) abort();
    return 0;
}
