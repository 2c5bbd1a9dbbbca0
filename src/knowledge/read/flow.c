/* The body of flow.h. A row whose cells are all empty is none. */
#include "knowledge/read/flow.h"

#include <assert.h>

#include "knowledge/read/clean.h"

enum { LEVEL_MAX = 6 };

void flow_init(Flow *flow, Doc *doc) {
    *flow = (Flow){.doc = doc};
    buf_init(&flow->text, DOC_TEXT_MAX);
    buf_init(&flow->row, DOC_TEXT_MAX);
}

void flow_fini(Flow *flow) {
    buf_fini(&flow->text);
    buf_fini(&flow->row);
}

Status flow_paragraph(Flow *flow, int level, bool item, Err *err) {
    TRY(buf_check(&flow->text, "a paragraph", err));
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, 0, EMIT_FLOW};
    if (item) at = (EmitAt){BLOCK_LIST_ITEM, 1, 0, 0, EMIT_FLOW};
    if (level > 0) {
        at = (EmitAt){BLOCK_HEADING, level < LEVEL_MAX ? level : LEVEL_MAX, 0, 0, EMIT_FLOW};
    }
    Status status = emit_block(flow->doc, at, buf_str(&flow->text), err);
    buf_clear(&flow->text);
    return status;
}

void flow_cell(Flow *flow) {
    assert(flow->cells > 0 || flow->row.n == 0); /* a row begins empty */
    if (flow->cells++) buf_add_c(&flow->row, " | ");
    buf_add_str(&flow->row, str_trim(buf_str(&flow->text)));
    buf_clear(&flow->text);
}

/* Is there more in the row than separators? */
static bool is_filled(Str row) {
    for (size_t i = 0; i < row.n; i++) {
        if (row.p[i] != ' ' && row.p[i] != '|') return true;
    }
    return false;
}

/* Text behind the last cell is a cell that its writer did not end. */
Status flow_row(Flow *flow, bool header, Err *err) {
    if (str_trim(buf_str(&flow->text)).n) flow_cell(flow);
    TRY(buf_check(&flow->row, "a row of a table", err));
    EmitAt at = {BLOCK_TABLE_ROW, header, 0, 0, EMIT_FLOW};
    Str row = buf_str(&flow->row);
    Status status = is_filled(row) ? emit_block(flow->doc, at, row, err) : OK;
    buf_clear(&flow->row);
    buf_clear(&flow->text);
    flow->cells = 0;
    return status;
}
