/*
 * The body of vocab_table.h: memory and the key of the process.
 *
 * The key is drawn once and shared by all tables; drawing it again for each would cost a system
 * call and gain nothing. `once` guards it.
 */
#include "model/text/vocab_table.h"

#include <assert.h>
#include <pthread.h>

#include "base/hash.h"
#include "base/mem.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t process_key;

static void draw_key(void) {
    random_bytes(&process_key, sizeof process_key);
}

Status text_table_init(TextTable *table, size_t n_rows, Err *err) {
    pthread_once(&once, draw_key);
    size_t slots = 16;
    while (slots / 3 * 2 < n_rows + 1) {
        if (!size_mul(slots, 2, &slots)) {
            return err_set(err, E_LIMIT, "%zu rows are too many", n_rows);
        }
    }
    assert((slots & (slots - 1)) == 0 && n_rows < slots); /* a mask finds a place, one is empty */
    *table = (TextTable){mem_alloc_n(slots, sizeof(uint64_t)), slots - 1, process_key};
    if (!table->slots) return err_no_memory(err, "an index of tokens");
    /* Zeroed here, by writing: pages that calloc leaves untouched would be read first and written
       after, two faults each, and the second interrupts the thread that builds the other table. */
    memset(table->slots, 0, slots * sizeof(uint64_t));
    return OK;
}

void text_table_fini(TextTable *table) {
    mem_free(table->slots);
    *table = (TextTable){0};
}
