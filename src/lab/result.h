/*
 * Results: what was answered to the questions of a set, judged; and what follows from many of them.
 *
 * The file is JSON lines. The first names the set, each other one is an answer:
 *
 *   {"hearth_eval":1,"set":"0f2a..."}
 *   {"id":"91c4...","who":"","model":"qwen","kind":"date","question":"When ...?",
 *    "answer":"In 1868.","found":true,"right":true,"cited":true,"cited_file":true,
 *    "supported":true,"certainty":0.91,"ms":812.0,"cost":0.0}
 *
 * who is the endpoint that answered, "" this device. certainty is null where it is not known.
 */
#ifndef HEARTH_LAB_RESULT_H
#define HEARTH_LAB_RESULT_H

#include "lab/score.h"
#include "lab/set.h"
#include "route/train.h"

enum { LAB_RECORDS_MAX = 4 * LAB_ITEMS_MAX, LAB_RESULT_BYTES_MAX = 64 << 20 };

typedef struct LabRecord {
    char id[LAB_ID]; /* of the item */
    Str who, model, question, answer; /* model: "" where none took part */
    LabKind kind;
    bool found, right;           /* right: found, and the gold words stand in it */
    bool cited, cited_file;      /* a citation overlaps the gold place; or is of its file */
    bool supported;              /* every sentence has a citation */
    double certainty, ms, cost;  /* certainty: NAN where it is not known */
} LabRecord;

typedef struct LabResults {
    char set[LAB_ID];
    LabRecord *items; /* all in the caller's arena */
    size_t n;
} LabResults;

/* The name of a set: of all its items in their order. */
void lab_set_name(const LabSet *set, char out[LAB_ID]);

/* Appends the first line of a file of results, for the set of that name. out keeps its own status
   (buf_check), here and below. */
void lab_results_head(const char set[LAB_ID], Buf *out);
/* Appends one answer as a line, its text cut at 4096 bytes on a character. */
void lab_record_line(const LabRecord *record, Buf *out);
/* E_CORRUPT names the line; E_LIMIT. The text may go afterwards. */
Status lab_results_parse(Str text, Arena *arena, LabResults *out, Err *err) WARN_UNUSED;
/* The answer of `who` to the item with this id, the first if there are more; NULL: none. */
const LabRecord *lab_results_find(const LabResults *results, const char *id, Str who);

typedef struct LabSide { /* of one who */
    size_t asked;
    LabRate right, wrongly_refused;  /* of the questions that can be answered */
    LabRate refused_rightly;         /* of those that cannot */
    LabRate cited, cited_file;       /* of answers to questions that can be */
    LabRate supported, trustworthy;  /* of all answers given; trustworthy: those that are right */
    double seconds, cost;
} LabSide;

/* Counts all answers of `who` ("": this device). Every rate says of how many it is a share. */
void lab_side(const LabResults *results, Str who, LabSide *out);
/* The model that answered for `who`; "": none did. */
Str lab_model(const LabResults *results, Str who);

/* A share of questions kept on this device, those with the most certain answers, the others
   answered by the endpoint: good answers over those that the endpoint alone gives. */
typedef struct LabPoint {
    double share, quality, certainty; /* certainty: the least of those that are kept */
} LabPoint;

/* Points from share 0 to 1, one for each certainty. Questions that both answered count only.
   *n == 0: there are none. */
Status lab_curve(const LabResults *results, Str cloud, Arena *arena, LabPoint **out, size_t *n,
                 Err *err) WARN_UNUSED;
/* The endpoint that was asked; "": none was. */
Str lab_endpoint(const LabResults *results);
/* Questions that both it and this device answered, as examples for the router; what is good is as
   for the curve. They point into the results. */
Status lab_examples(const LabResults *results, Arena *arena, RouteExample **out, size_t *n,
                    Err *err) WARN_UNUSED;

typedef struct LabComparison {
    size_t both, only_a, only_b, neither; /* questions that were answered well */
    double p;                             /* McNemar, exact */
} LabComparison;

/* Local answers to the questions that stand in both. */
void lab_compare(const LabResults *a, const LabResults *b, LabComparison *out);

#endif
