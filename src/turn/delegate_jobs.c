/*
 * Job lists: what an endpoint answers when it is told what there is to read and may not read it.
 *
 *     {"jobs": [{"task": "Which payments are promised, and until when?", "search": ""},
 *               {"task": "Who may end the contract?", "search": "notice termination"}]}
 *
 * These are bytes from outside, written by a model that saw what others wrote. So the form is
 * strict: an object with "jobs" and nothing else; 1 to 8 objects with "task" and perhaps "search"
 * and nothing else; texts of valid UTF-8 with a ceiling, without control characters. One fence of
 * three backquotes around the whole, which models like to add, is taken off. Whatever is not like
 * this is refused as a whole: half a plan is none.
 *
 * A job is data. It can say what a reader shall look for and which words find the passages. There
 * is no word in it for a file, a folder, a label, an endpoint or the map of surrogates.
 */
#include <assert.h>

#include "base/json.h"
#include "base/utf8.h"
#include "turn/delegate.h"

enum { LIST_DEPTH = 6 }; /* of JSON: the form needs 3 */

const char delegate_jobs_schema[] =
    "{\"type\":\"object\",\"properties\":{\"jobs\":{\"type\":\"array\",\"items\":{\"type\":"
    "\"object\",\"properties\":{\"task\":{\"type\":\"string\"},\"search\":{\"type\":\"string\"}},"
    "\"required\":[\"task\",\"search\"],\"additionalProperties\":false}}},\"required\":[\"jobs\"],"
    "\"additionalProperties\":false}";

/* The text inside a fence; the text itself when there is none. */
static Str without_fence(Str text) {
    text = str_trim(text);
    if (!str_starts(text, STR("```")) || !str_ends(text, STR("```")) || text.n < 6) return text;
    size_t line = str_find(text, STR("\n"), 0);
    if (line == SIZE_MAX || line >= text.n - 3) return text;
    return str_trim(str_sub(text, line + 1, text.n - 3));
}

/* Line ends and tabs are text; other control characters could play tricks in a log or a prompt. */
static Status check_text(Str text, size_t max, const char *what, Err *err) {
    size_t width;
    if (text.n > max) {
        return err_set(err, E_LIMIT, "%s of a job has %zu bytes; at most %zu are taken", what,
                       text.n, max);
    }
    for (size_t at = 0; at < text.n; at += width) {
        uint32_t c;
        bool good = utf8_decode_strict(text, at, &c, &width);
        if (good && (c == '\n' || c == '\t' || unicode_class(c) != UC_CONTROL)) continue;
        return err_set(err, E_CORRUPT, "%s of a job holds a character that is no text", what);
    }
    return OK;
}

/* The JSON goes when the list is read. A missing text is an empty one. */
static Status keep_text(const Json *value, Arena *arena, Str *out, Err *err) {
    Str text = str_trim(json_str(value));
    *out = (Str){arena_dup(arena, text.p, text.n), text.n};
    return out->p ? OK : err_no_memory(err, "the jobs");
}

/* No other keys: `known` counts those that are known, and there must be no more. */
static Status read_job(const Json *job, Arena *arena, DelegateJob *out, Err *err) {
    const Json *task = json_get(job, "task"), *search = json_get(job, "search");
    size_t known = (task ? 1 : 0) + (search ? 1 : 0);
    bool fine = json_kind(job) == JSON_OBJECT && json_is_str(task) && json_len(job) == known &&
                (!search || json_is_str(search) || json_kind(search) == JSON_NULL);
    if (!fine) return err_set(err, E_CORRUPT, "a job is more or less than a task and a search");
    TRY(check_text(json_str(task), DELEGATE_TASK_BYTES, "the task", err));
    TRY(check_text(json_str(search), DELEGATE_SEARCH_BYTES, "the search", err));
    TRY(keep_text(task, arena, &out->task, err));
    TRY(keep_text(search, arena, &out->search, err));
    return out->task.n ? OK : err_set(err, E_CORRUPT, "the task of a job is empty");
}

static Status read_jobs(const Json *root, Arena *arena, DelegateJobs *out, Err *err) {
    const Json *jobs = json_get(root, "jobs");
    size_t n = json_len(jobs);
    if (json_kind(root) != JSON_OBJECT || json_len(root) != 1 || json_kind(jobs) != JSON_ARRAY) {
        return err_set(err, E_CORRUPT, "the answer is no list of jobs");
    }
    if (n == 0) return err_set(err, E_CORRUPT, "the list of jobs is empty");
    if (n > DELEGATE_JOBS_MAX) {
        return err_set(err, E_LIMIT, "%zu jobs were asked for; at most %d are taken", n,
                       DELEGATE_JOBS_MAX);
    }
    for (size_t i = 0; i < n; i++) TRY(read_job(json_at(jobs, i), arena, &out->items[i], err));
    out->n = n;
    assert(n >= 1 && n <= DELEGATE_JOBS_MAX); /* bits of DelegateExtract.jobs */
    return OK;
}

_Static_assert((int)DELEGATE_JOBS_MAX <= 32, "a bit each in DelegateExtract.jobs");
_Static_assert((int)DELEGATE_LIST_BYTES >= DELEGATE_JOBS_MAX * 2 * (DELEGATE_TASK_BYTES +
               DELEGATE_SEARCH_BYTES), "a list of the longest jobs fits, also with escapes");

/* Nothing of a list that is refused is carried out, so that *out is emptied first. */
Status delegate_jobs_parse(Str text, Arena *arena, DelegateJobs *out, Err *err) {
    Json *root = NULL;
    JsonLimits limits = {.max_bytes = DELEGATE_LIST_BYTES, .max_depth = LIST_DEPTH};
    *out = (DelegateJobs){.n = 0};
    Status status = json_parse(without_fence(text), &limits, &root, err);
    if (status != OK) return err_prefix(err, status, "the list of jobs");
    status = read_jobs(root, arena, out, err);
    json_free(root);
    return status;
}
