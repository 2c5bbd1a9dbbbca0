/*
 * Rows of tables, for verify.c: which cell does a sentence speak of?
 *
 * A row is a run of its own. Its table's first row says what each column is about, so a sentence
 * may take words from there; but the same words tell which row and which column are meant, and a
 * figure that stands in another one is no support, however near it stands:
 *
 *     Service   | Dog | Cat | Rabbit
 *     Microchip | 35  | 35  |            "A microchip for a rabbit costs 35": no
 *     Nail trim | 14  | 12  | 12         "Nail trimming costs a dog's owner 12": no
 *
 * Columns are bits of a word (Term.columns); of a table with more than 32 the last bit is shared.
 */
#include <assert.h>

#include "knowledge/verify_impl.h"

void table_spread_names(Str row, Terms *terms) {
    uint32_t column = 1, last = 0;
    for (size_t at = 0; at <= row.n; column <<= column >> 31 ? 0 : 1) {
        size_t bar = str_find(row, STR("|"), at), end = bar == SIZE_MAX ? row.n : bar;
        bool empty = str_trim(str_sub(row, at, end)).n == 0;
        for (size_t i = 0; empty && i < terms->n; i++) {
            if (terms->items[i].columns & last) terms->items[i].columns |= column;
        }
        if (!empty) last = column;
        at = end + 1;
    }
}

bool table_head_has(const Verify *verify, size_t first, size_t last, uint64_t key) {
    for (size_t i = first; i <= last; i++) {
        const Sentence *s = &verify->sentences[i];
        if (!s->row) continue;
        const Terms *context = &verify->contexts[s->passage];
        const Sentence *head = &verify->sentences[s->head];
        if (term_find(head->terms, head->n_terms, key)) return true;
        if (term_find(context->items, context->n, key)) return true;
    }
    return false;
}

bool table_stands_above(const Verify *verify, const Claim *claim, const Term *fact, size_t row) {
    const Sentence *s = &verify->sentences[row], *head = &verify->sentences[s->head];
    assert(s->head <= row); /* a table's first row stands above, or is this one */
    const Term *above = head == s ? NULL : term_find(head->terms, head->n_terms, fact->key);
    for (size_t i = 0; above && i < claim->terms.n; i++) {
        const Term *term = &claim->terms.items[i];
        const Term *cell = term->filler ? NULL : term_find(s->terms, s->n_terms, term->key);
        if (cell && cell->columns & above->columns) return true;
    }
    return false;
}

/* Is the term in the row's first cell, which names it? */
static bool in_first_cell(const Sentence *row, const Term *term) {
    const Term *cell = term->filler ? NULL : term_find(row->terms, row->n_terms, term->key);
    return cell && cell->columns & 1;
}

/* Does the sentence speak of another row of the table, by a word of that row's first cell that
   this row has not, and by none of this row's own? A recipe speaks of all its rows. */
static bool another_row(const Verify *verify, const Claim *claim, size_t row) {
    const Sentence *s = &verify->sentences[row];
    if (!s->row || s->head == row) return false;
    assert(s->head < row && row < verify->n_sentences);
    for (size_t i = s->head + 1; i < verify->n_sentences; i++) {
        const Sentence *other = &verify->sentences[i];
        bool more = false, own = false;
        if (other->head != s->head) break;
        for (size_t k = 0; k < claim->terms.n; k++) {
            const Term *term = &claim->terms.items[k];
            own |= in_first_cell(s, term) && !term_find(other->terms, other->n_terms, term->key);
            more |= in_first_cell(other, term) && !term_find(s->terms, s->n_terms, term->key) &&
                    !table_head_has(verify, row, row, term->key);
        }
        if (more && !own) return true;
    }
    return false;
}

/* Does the question ask for another row of the table? One that has all words of the question that
   this row has, and more: "whose extension is 8009" is no question of the row of 8004. */
static bool asks_another_row(const Verify *verify, size_t row) {
    const Sentence *s = &verify->sentences[row];
    if (!s->row || s->head == row) return false;
    assert(verify->sentences[s->head].passage == s->passage); /* a table is of one passage */
    for (size_t i = s->head + 1; i < verify->n_sentences; i++) {
        const Sentence *other = &verify->sentences[i];
        if (other->head != s->head || other->passage != s->passage) break;
        bool more = false, less = false;
        for (size_t k = 0; k < verify->question.n; k++) {
            uint64_t key = verify->question.items[k].key;
            if (verify->question_weights[k] <= 0 || table_head_has(verify, row, row, key)) continue;
            bool here = term_find(s->terms, s->n_terms, key) != NULL;
            bool there = term_find(other->terms, other->n_terms, key) != NULL;
            more |= there && !here;
            less |= here && !there;
        }
        if (more && !less) return true;
    }
    return false;
}

/* The columns of a row that terms name by the table's first row, less those in whose cell of this
   row one of them stands: "in week 16" tells the row and asks for no week. A currency names none.
   */
static uint32_t columns_named(const Verify *verify, const Terms *terms, const Sentence *s) {
    const Sentence *head = &verify->sentences[s->head];
    uint32_t named = 0, given = 0;
    assert(s->row && head->passage == s->passage); /* columns are those of one table */
    for (size_t i = 0; i < terms->n; i++) {
        const Term *term = &terms->items[i];
        const Term *above = term_find(head->terms, head->n_terms, term->key);
        const Term *cell = term_find(s->terms, s->n_terms, term->key);
        if (term->filler || term->money) continue;
        if (cell) given |= cell->columns;
        else if (above) named |= above->columns;
    }
    return named & ~given;
}

/* "A microchip for a rabbit costs 32", where 32 stands under "Cat" and the rabbit's cell is empty:
   no fact of the answer stands in a column that question or answer name, nor in the first one,
   which names the row. */
static bool another_column(const Verify *verify, const Claim *claim, size_t row) {
    const Sentence *s = &verify->sentences[row];
    if (!s->row || s->head == row) return false;
    uint32_t asked = columns_named(verify, &verify->question, s), one = 0, many = 0;
    uint32_t named = asked | columns_named(verify, &claim->terms, s);
    for (size_t i = 0; i < claim->terms.n; i++) {
        const Term *term = &claim->terms.items[i];
        bool fact = term->kind != TERM_WORD && !term->filler && claim->news[i] > 0;
        const Term *cell = fact ? term_find(s->terms, s->n_terms, term->key) : NULL;
        if (!cell) continue;
        bool several = (cell->columns & (cell->columns - 1)) != 0; /* "Dr" tells no cell */
        if (several) many |= cell->columns;
        else one |= cell->columns;
    }
    uint32_t facts = one ? one : many;
    return named && facts && !(facts & (named | 1));
}

bool table_is_head(const Verify *verify, size_t row) {
    const Sentence *next = row + 1 < verify->n_sentences ? &verify->sentences[row + 1] : NULL;
    return verify->sentences[row].head == row && next && next->head == row;
}

bool table_wrong_cell(const Verify *verify, const Claim *claim, size_t row) {
    return another_row(verify, claim, row) || asks_another_row(verify, row) ||
           another_column(verify, claim, row);
}
