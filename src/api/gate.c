/*
 * The gate, as far as a library user meets it: scanning a text.
 */
#include <string.h>

#include "api/api.h"

void hearth_gate_options_default(hearth_gate_options *options) {
    memset(options, 0, sizeof *options);
    options->size = sizeof *options;
}

hearth_status hearth_gate_scan(hearth *h, const char *text, size_t n,
                               const hearth_gate_options *options, hearth_span_fn each, void *user,
                               hearth_error *err) {
    Err why;
    const ScanSpan *spans = NULL;
    size_t n_spans = 0;
    hearth_gate_options own;
    hearth_gate_options_default(&own);
    if (options) memcpy(&own, options, options->size < sizeof own ? options->size : sizeof own);
    if (!h->scanner) API_TRY(gate_scanner_new(&h->scanner, &why), &why, err);
    API_TRY(gate_scan(h->scanner, (Str){text, n}, &spans, &n_spans, &why), &why, err);
    for (size_t i = 0; i < n_spans; i++) {
        hearth_span span = {.start = spans[i].start,
                            .end = spans[i].end,
                            .type = scan_type_name(spans[i].type),
                            .kind = scan_kind_name(spans[i].kind),
                            .score = spans[i].score};
        if (span.score >= own.min_score && !each(user, &span)) break;
    }
    return HEARTH_OK;
}
