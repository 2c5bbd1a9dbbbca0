/*
 * Promises of the extractor, kept with the real hearth-read and its real walls: the golden
 * documents, every kind of bad input, a reader that crashes, hangs, is shut in, or is not there.
 */
/* cmocka needs these first */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/doc_dump.h"
#include "../support/reader_open.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "knowledge/lines.h"

/* An unnamed file with these bytes. */
static int file_of(const void *bytes, size_t n) {
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    Err err;
    assert_int_equal(file_write_all(fd, bytes, n, "test", &err), OK);
    return fd;
}

static Status run_bytes(Extractor *ex, const void *bytes, size_t n, const char *name, Doc *doc,
                        Err *err) {
    int fd = file_of(bytes, n);
    err_clear(err);
    Status status = extractor_run(ex, fd, name, doc, err);
    (void)close(fd);
    return status;
}

static void assert_still_reads(Extractor *ex) {
    Doc doc;
    Err err;
    assert_int_equal(run_bytes(ex, "still here", 10, "a.txt", &doc, &err), OK);
    assert_string_equal(doc.text.p, "still here");
    doc_fini(&doc);
}

static void golden(Extractor *ex, const char *dir, const char *name) {
    char path[1024];
    Buf got, want;
    Err err;
    Doc doc;
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    err_clear(&err);
    Status status = extractor_run(ex, fd, path, &doc, &err);
    (void)close(fd);
    buf_init(&got, 1 << 24);
    buf_init(&want, 1 << 24);
    if (status == OK) {
        dump_doc(&got, &doc);
    } else {
        dump_error(&got, status, &err);
    }
    strncat(path, ".expected", sizeof path - strlen(path) - 1);
    assert_int_equal(file_read(path, &want, &err), OK);
    if (!str_eq(buf_str(&got), buf_str(&want))) {
        print_error("--- %s\nwant:\n%s\ngot:\n%s\n", name, want.p, got.p);
        fail();
    }
    buf_fini(&got);
    buf_fini(&want);
    doc_fini(&doc);
}

static void golden_documents_read_as_expected(void **state) {
    char dir[512];
    const char *root = getenv("HEARTH_GOLDEN");
    if (!root) skip();
    (void)snprintf(dir, sizeof dir, "%s/documents", root);
    DIR *d = opendir(dir);
    assert_non_null(d);
    unsigned n = 0;
    for (struct dirent *e; (e = readdir(d));) {
        Str name = str_from(e->d_name);
        if (name.p[0] == '.' || str_ends(name, STR(".expected")) || str_ends(name, STR(".py")))
            continue;
        golden(shared, dir, e->d_name);
        n++;
    }
    (void)closedir(d);
    assert_true(n >= 20);
}

/* Every word "mark<n>" of a document is said to stand on line n of the file. */
static void assert_lines(const char *name, const char *text) {
    Doc doc;
    Err err;
    Buf stored;
    LineMark marks[32];
    buf_init(&stored, 1 << 16);
    assert_int_equal(run_bytes(shared, text, strlen(text), name, &doc, &err), OK);
    lines_of_doc(&doc, &stored);
    LinePassage passage = {.text = buf_str(&doc.text), .line = doc.blocks[0].line, .marks = marks};
    passage.n_marks = stored.n / LINE_MARK_BYTES;
    assert_in_range(passage.n_marks, 0, ARRAY_LEN(marks));
    for (size_t i = 0; i < passage.n_marks; i++) marks[i] = lines_mark(buf_str(&stored), i);
    size_t at = 0, found = 0;
    for (; (at = str_find(passage.text, STR("mark"), at)) != SIZE_MAX; at++, found++) {
        unsigned want = (unsigned)strtoul(passage.text.p + at + 4, NULL, 10);
        if (lines_at(&passage, at) == want) continue;
        fail_msg("%s: mark%u is said to stand on line %u", name, want, lines_at(&passage, at));
    }
    assert_in_range(found, 4, 100);
    buf_fini(&stored);
    doc_fini(&doc);
}

static void lines_are_found_again_in_every_format(void **state) {
    assert_lines("a.txt", "Title mark1\n\n\n\nmark5 is here\nand mark6\n\n\nmark9\n");
    assert_lines("a.md", "# Title mark1\ntext mark2\nwraps mark3\n\n| a | mark5 |\n|---|---|\n"
                         "| mark7 | b |\n\n```\ncode mark10\n```\n- item mark12\n\n\n"
                         "- mark15\n");
    assert_lines("a.html", "<!DOCTYPE html>\n<html><body>\n<h1>mark3</h1>\n<p>A paragraph that is\n"
                           "hard-wrapped mark5 and\n   goes <b>on\nmark7</b> to\nmark8.</p>\n\n"
                           "\n<p>mark11</p><p>mark11 again</p>\n<ul><li>mark12\n<li>mark13</ul>"
                           "\n</body></html>\n");
    assert_lines("b.html", "<html><body><article>\n<h1>\n  mark3\n</h1>\n<p>\nmark6 <b>and</b>\n"
                           "<i>mark7</i> and\n<a href=x>mark8</a></p>\n<ul>\n<li>\n  mark11\n"
                           "  mark12\n</li>\n</ul>\n<table>\n<tr>\n<td>\nmark18</td>"
                           "<td>x\n</td></tr>\n"
                           "<tr><td>mark20</td><td>\n mark21</td></tr></table><pre>\nmark22</pre>\n"
                           "</article></body></html>\n");
    assert_lines("a.eml", "From: a@example.org\nTo: b@example.org\nSubject: lines\n"
                          "Date: Fri, 01 Mar 2024 10:00:00 +0100\n"
                          "Content-Type: text/plain; charset=utf-8\n"
                          "Content-Transfer-Encoding: quoted-printable\n\n"
                          "mark8 and a line that =\nis folded.\n\nmark11 too is=\n folded.\n\n"
                          "mark14\nmark15\n");
    assert_lines("b.eml", "From: a@example.org\nSubject: folds\n"
                          "Content-Type: text/plain; charset=utf-8\n"
                          "Content-Transfer-Encoding: quoted-printable\n\n"
                          "mark6 is the beginning of one long line which a program =\n"
                          "folded, mark7, so that the sentence at its very end, =\n"
                          "gr=C3=BCn, mark8 =C3=BCber =C3=BC, is not where it begins.=20\n"
                          "mark9 is a line below it, and is one whose words =  \n"
                          "go on, mark10.\n\n\nmark13=\n\nmark15 stands alone\n");
    assert_lines("c.eml", "From: a@example.org\nSubject: page\n"
                          "Content-Type: text/html; charset=utf-8\n"
                          "Content-Transfer-Encoding: quoted-printable\n\n"
                          "<html><body><p class=3D'a' title=3D=\n'b'>the line of =\n"
                          "mark6</p>\n<p>mark9 and\nmark10 and =\nmore\n"
                          "mark12</p><p>mark12</p></body></html>\n");
}

static void names_are_made_harmless_in_messages(void **state) {
    Doc doc;
    Err err;
    assert_int_equal(run_bytes(shared, "\x89PNG\r\n\x1a\n", 8,
                               "/tmp/a\n\x1b[31m\xff"
                               "b.png",
                               &doc, &err),
                     E_UNSUPPORTED);
    assert_string_equal(err.message,
                        "a??[31m?b.png: image (png): this kind of file is not read yet");
    assert_string_equal(extractor_kind(shared), "image (png)");
    doc_fini(&doc);
    assert_still_reads(shared);
    assert_string_equal(extractor_kind(shared), "");
}

static void devices_pipes_and_directories_are_refused(void **state) {
    static const char *const paths[] = {"/dev/zero", "/tmp", "/proc/self/fd"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        Doc doc;
        Err err;
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        assert_int_equal(extractor_run(shared, fd, paths[i], &doc, &err), E_USAGE);
        doc_fini(&doc);
        (void)close(fd);
    }
    int ends[2];
    Doc doc;
    Err err;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(extractor_run(shared, ends[0], "pipe", &doc, &err), E_USAGE);
    doc_fini(&doc);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_file_of_10_gb_is_refused_at_once(void **state) {
    int fd = file_of("words\n", 6);
    Doc doc;
    Err err;
    assert_int_equal(ftruncate(fd, (off_t)10 << 30), 0);
    double start = clock_now_ms();
    assert_int_equal(extractor_run(shared, fd, "big.txt", &doc, &err), E_LIMIT);
    assert_true(clock_now_ms() - start < 20000);
    assert_non_null(strstr(err.message, "too large: 10.7 GB"));
    doc_fini(&doc);
    (void)close(fd);
    assert_still_reads(shared);
}

static void one_line_of_40_mb_is_read_or_named(void **state) {
    size_t n = (size_t)40 << 20;
    char *line = mem_alloc(n);
    assert_non_null(line);
    memset(line, 'x', n);
    Doc doc;
    Err err;
    Status status = run_bytes(shared, line, n, "line.txt", &doc, &err);
    assert_true(status == OK || status == E_LIMIT);
    if (status == OK) assert_int_equal(doc.text.n, n);
    doc_fini(&doc);
    mem_free(line);
}

/* A docx of 400 KB whose document.xml unpacks to 400 MB. Python writes it; without python: skipped.
 */
static void zip_bombs_end_at_the_ceiling(void **state) {
    char path[] = "/tmp/hearth-bomb-XXXXXX";
    assert_non_null(mkdtemp(path));
    char command[512], file[128];
    (void)snprintf(command, sizeof command,
                   "python3 -c \"import zipfile,sys;z=zipfile.ZipFile('%s/b.docx','w',8);"
                   "f=z.open('word/document.xml','w',force_zip64=True);"
                   "[f.write(bytes(1<<20)) for i in range(400)];f.close();z.close()\"",
                   path);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    int rc = pclose(p);
    (void)snprintf(file, sizeof file, "%s/b.docx", path);
    if (rc == 0) {
        int fd = open(file, O_RDONLY | O_CLOEXEC);
        Doc doc;
        Err err;
        assert_int_equal(extractor_run(shared, fd, "b.docx", &doc, &err), E_LIMIT);
        assert_non_null(strstr(err.message, "zip bomb"));
        doc_fini(&doc);
        (void)close(fd);
        assert_still_reads(shared);
    }
    (void)unlink(file);
    (void)rmdir(path);
    if (rc != 0) skip();
}

static Buf read_golden(const char *name) {
    char path[1024];
    Err err;
    Buf bytes;
    buf_init(&bytes, 1 << 24);
    (void)snprintf(path, sizeof path, "%s/documents/%s", getenv("HEARTH_GOLDEN"), name);
    assert_int_equal(file_read(path, &bytes, &err), OK);
    return bytes;
}

static void assert_reads_or_names(const Buf *bytes, size_t n, const char *name) {
    Doc doc;
    Err err;
    Status status = run_bytes(shared, bytes->p, n, name, &doc, &err);
    bool named = status == E_CORRUPT || status == E_UNSUPPORTED || status == E_LIMIT;
    if (status != OK && !named) fail_msg("%s cut at %zu: %s", name, n, err.message);
    if (named) assert_true(err.message[0] != 0);
    assert_null(strstr(err.message, "crashed"));
    assert_null(strstr(err.message, "forbidden"));
    doc_fini(&doc);
}

static void truncated_and_bit_flipped_documents_never_crash(void **state) {
    static const char *const names[] = {"ferry.docx",      "page.html",  "notes.md",
                                        "mail.eml",        "boats.csv",  "log-utf16.txt",
                                        "log-gb18030.txt", "slides.pptx", "boats.xlsx",
                                        "rules.odt",       "keeper.epub", "lease.rtf",
                                        "lease.doc",       "berths.msg", "boats.xls",
                                        "tides.ppt"};
    if (!getenv("HEARTH_GOLDEN")) skip();
    uint32_t seed = 12345;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        Buf bytes = read_golden(names[i]);
        for (size_t n = 0; n < bytes.n; n += 1 + bytes.n / 40)
            assert_reads_or_names(&bytes, n, names[i]);
        for (int round = 0; round < 60; round++) {
            Buf flipped = read_golden(names[i]);
            for (int k = 0; k < 4; k++) {
                seed = seed * 1664525 + 1013904223;
                flipped.p[(seed >> 8) % flipped.n] ^= (char)(1 << (seed & 7));
            }
            assert_reads_or_names(&flipped, flipped.n, names[i]);
            buf_fini(&flipped);
        }
        buf_fini(&bytes);
    }
}

static void damaged_pdfs_never_crash(void **state) {
    if (!getenv("HEARTH_GOLDEN")) skip();
    uint32_t seed = 99;
    for (int round = 0; round < 12; round++) {
        Buf flipped = read_golden("harbour.pdf");
        for (int k = 0; k < 30; k++) {
            seed = seed * 1664525 + 1013904223;
            flipped.p[10 + (seed >> 8) % (flipped.n - 10)] ^= (char)(1 << (seed & 7));
        }
        assert_reads_or_names(&flipped, round % 2 ? flipped.n : flipped.n / 2, "flip.pdf");
        buf_fini(&flipped);
    }
    assert_still_reads(shared);
}

/* ---- crash, hang, cancel ---- */

static pid_t child_of_this_process(void) {
    char path[64], text[256] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    if (!fgets(text, sizeof text, f)) text[0] = 0;
    (void)fclose(f);
    return (pid_t)strtol(text, NULL, 10);
}

/* Nanoseconds of processor time; the file tells them first. */
static unsigned long long time_used(pid_t pid) {
    char path[64];
    unsigned long long ns = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%llu", &ns) != 1) ns = 0;
    if (f) (void)fclose(f);
    return ns;
}

/* In the middle of a file: a reader that died before would cost nothing. */
static void *kill_at_work(void *user) {
    const pid_t pid = *(pid_t *)user;
    const unsigned long long idle = time_used(pid);
    for (int i = 0; i < 6000 && time_used(pid) < idle + 100000000; i++) (void)usleep(10 * 1000);
    (void)kill(pid, SIGABRT);
    return NULL;
}

/* An HTML page that keeps the parser busy for minutes: each <li> looks through all open elements.
 */
static char *slow_page(size_t *n) {
    Buf page;
    buf_init(&page, (size_t)64 << 20);
    for (int i = 0; i < 2900; i++) buf_add_c(&page, "<div>");
    for (int i = 0; i < 1000000; i++) buf_add_c(&page, "<li>x</div><div>");
    *n = page.n;
    return buf_take(&page);
}

static void a_reader_that_crashes_costs_one_file(void **state) {
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    Doc doc;
    size_t n;
    fill_options(&options);
    extractor_free(shared); /* so that the only child is the one to be killed */
    shared = NULL;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    pid_t pid = child_of_this_process();
    if (pid > 0) {
        char *page = slow_page(&n);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, kill_at_work, &pid), 0);
        assert_int_equal(run_bytes(ex, page, n, "slow.html", &doc, &err), E_CORRUPT);
        assert_non_null(strstr(err.message, "crashed (signal 6)"));
        assert_int_equal(pthread_join(thread, NULL), 0);
        doc_fini(&doc);
        mem_free(page);
        assert_still_reads(ex);
        pid_t idle =
            child_of_this_process(); /* and one that dies between two files costs nothing */
        assert_true(idle > 0 && idle != pid);
        (void)kill(idle, SIGKILL);
        (void)usleep(100 * 1000);
        assert_still_reads(ex);
    }
    extractor_free(ex);
    assert_int_equal(open_shared(NULL), 0);
    if (pid <= 0) skip();
}

static void too_much_cpu_time_ends_the_reader(void **state) {
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    Doc doc;
    size_t n;
    char *page = slow_page(&n);
    fill_options(&options);
    options.cpu_ms = 300;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    double start = clock_now_ms();
    assert_int_equal(run_bytes(ex, page, n, "slow.html", &doc, &err), E_TIMEOUT);
    assert_non_null(strstr(err.message, "CPU time"));
    assert_true(clock_now_ms() - start < 40000);
    doc_fini(&doc);
    assert_still_reads(ex);
    extractor_free(ex);
    mem_free(page);
}

static void *cancel_soon(void *user) {
    (void)usleep(100 * 1000);
    atomic_store((atomic_bool *)user, true);
    return NULL;
}

static void the_cancel_flag_stops_a_reader(void **state) {
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    Doc doc;
    size_t n;
    atomic_bool cancel = false;
    char *page = slow_page(&n);
    pthread_t thread;
    fill_options(&options);
    options.cancel = &cancel;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &cancel), 0);
    double start = clock_now_ms();
    assert_int_equal(run_bytes(ex, page, n, "slow.html", &doc, &err), E_CANCELLED);
    assert_true(clock_now_ms() - start < 20000);
    assert_int_equal(pthread_join(thread, NULL), 0);
    doc_fini(&doc);
    atomic_store(&cancel, false);
    assert_still_reads(ex);
    extractor_free(ex);
    mem_free(page);
}

static void write_script(char *path, const char *text) {
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    Err err;
    assert_int_equal(file_write_all(fd, text, strlen(text), path, &err), OK);
    assert_int_equal(fchmod(fd, 0755), 0);
    (void)close(fd);
}

static void a_pdf_that_hangs_its_reader_is_given_up(void **state) {
    char script[] = "/tmp/hearth-hang-XXXXXX";
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    Doc doc;
    write_script(script, "#!/bin/sh\nwhile :; do :; done\n");
    fill_options(&options);
    options.pdftotext = script;
    options.cpu_ms = 400;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    assert_int_equal(run_bytes(ex, "%PDF-1.4\n", 9, "hang.pdf", &doc, &err), E_TIMEOUT);
    doc_fini(&doc);
    assert_still_reads(ex);
    extractor_free(ex);
    options.cpu_ms = 60000;
    options.wall_ms = 400;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    assert_int_equal(run_bytes(ex, "%PDF-1.4\n", 9, "hang.pdf", &doc, &err), E_TIMEOUT);
    assert_non_null(strstr(err.message, "hangs"));
    doc_fini(&doc);
    assert_still_reads(ex);
    extractor_free(ex);
    (void)unlink(script);
}

/* The second PDF is read by a fresh reader, which knows no name. */
static void why_an_attached_pdf_was_not_read_stands_behind_its_name(void **state) {
    static const char mail[] =
        "From: a@b\nSubject: s\nContent-Type: multipart/mixed; boundary=X\n\n"
        "--X\nContent-Disposition: attachment; filename=a.pdf\n"
        "Content-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n"
        "--X\nContent-Disposition: attachment; filename=b.pdf\n"
        "Content-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n--X--\n";
    char script[] = "/tmp/hearth-hang-XXXXXX";
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    Doc doc;
    write_script(script, "#!/bin/sh\nwhile :; do :; done\n");
    fill_options(&options);
    options.pdftotext = script;
    options.cpu_ms = 400;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    assert_int_equal(run_bytes(ex, mail, sizeof mail - 1, "two.eml", &doc, &err), OK);
    size_t first = str_find(buf_str(&doc.text), STR("(not read: reading it takes"), 0);
    assert_true(first != SIZE_MAX);
    assert_true(str_find(buf_str(&doc.text), STR("(not read: reading it"), first + 1) != SIZE_MAX);
    doc_fini(&doc);
    extractor_free(ex);
    (void)unlink(script);
}

/* As one that a hostile file took over: it hangs up and stays. */
static void a_reader_that_hangs_up_and_sleeps_is_not_waited_for(void **state) {
    char script[] = "/tmp/hearth-sleep-XXXXXX";
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    write_script(script, "#!/bin/sh\nexec 3>&-\nexec sleep 20\n");
    fill_options(&options);
    options.program = script;
    uint64_t start = clock_now_ns();
    assert_int_equal(extractor_new(&options, &ex, &err), E_CORRUPT);
    assert_true(clock_now_ns() - start < (uint64_t)15 * 1000000000U);
    (void)unlink(script);
}

#define ZEROS "\\000\\000\\000\\000"

/* Hears nothing and answers each file alike: `answer` is what stands behind the first END. */
static Status lying_reader(const char *answer, Err *err) {
    char script[] = "/tmp/hearth-liar-XXXXXX", text[600];
    ExtractorOptions options;
    Extractor *ex;
    Doc doc;
    (void)snprintf(text, sizeof text,
                   "#!/bin/sh\nprintf '\\003\\000\\000\\000" ZEROS ZEROS ZEROS
                   "' >&3\n%s\nexec sleep 20\n", answer);
    write_script(script, text);
    fill_options(&options);
    options.program = script;
    assert_int_equal(extractor_new(&options, &ex, err), OK);
    Status status = run_bytes(ex, "text\n", 5, "any.txt", &doc, err);
    assert_int_equal(doc.n_blocks + doc.n_files, 0);
    doc_fini(&doc);
    extractor_free(ex);
    (void)unlink(script);
    return status;
}

/* Else one hostile file would keep the ingester from all that come behind it. */
static void a_reader_cannot_say_that_the_user_stopped(void **state) {
    char answer[200];
    Err err;
    (void)snprintf(answer, sizeof answer,
                   "printf '\\003\\%03o\\000\\000" ZEROS ZEROS ZEROS "' >&3",
                   (unsigned)E_CANCELLED);
    assert_int_equal(lying_reader(answer, &err), E_CORRUPT);
    assert_non_null(strstr(err.message, "nonsense"));
    (void)snprintf(answer, sizeof answer,
                   "printf '\\003\\%03o\\000\\000" ZEROS ZEROS ZEROS "' >&3", (unsigned)E_LIMIT);
    assert_int_equal(lying_reader(answer, &err), E_LIMIT); /* what it may say */
}

/* 256 of 256 MiB each were let in, one by one. */
static void files_in_a_file_have_a_ceiling_together(void **state) {
    enum { EACH = 100 << 20 };
    Doc doc;
    Err err;
    doc_init(&doc);
    for (int i = 0; i < 3; i++) {
        Buf bytes;
        buf_init(&bytes, DOC_TEXT_MAX);
        assert_non_null(buf_reserve(&bytes, EACH));
        bytes.n = EACH;
        assert_int_equal(doc_keep_file(&doc, STR("a.pdf"), 1, &bytes, &err), i < 2 ? OK : E_LIMIT);
        buf_fini(&bytes);
    }
    assert_int_equal(doc.n_files, 2);
    doc_fini(&doc);
}

/* ---- walls ---- */

static void spy(bool hide_landlock) {
    char script[] = "/tmp/hearth-spy-XXXXXX", secret[] = "/tmp/hearth-secret-XXXXXX", text[1024];
    ExtractorOptions options;
    SandboxReport report;
    Extractor *ex;
    Err err;
    Doc doc;
    write_script(secret, "my secret\n");
    (void)snprintf(text, sizeof text,
                   "#!/bin/sh\nread line < %s || line=none\n"
                   "echo x > /tmp/hearth-spy-wrote && line=wrote\n"
                   "echo '<page width=\"9\" height=\"9\">'\necho '<line xMin=\"1\" yMin=\"1\" "
                   "xMax=\"2\" yMax=\"2\">'\n"
                   "echo \"<word xMin=\\\"1\\\" yMin=\\\"1\\\" xMax=\\\"2\\\" "
                   "yMax=\\\"2\\\">saw:$line</word>\"\n"
                   "echo '</page>'\n",
                   secret);
    write_script(script, text);
    fill_options(&options);
    assert_int_equal(sandbox_probe(&options, &report, &err), OK);
    options.pdftotext = script;
    options.hide_landlock = hide_landlock;
    bool isolated = hide_landlock ? report.mount_namespace : report.files_isolated;
    options.weak_sandbox = !isolated;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    assert_int_equal(run_bytes(ex, "%PDF-1.4\n", 9, "spy.pdf", &doc, &err), OK);
    if (isolated) assert_string_equal(doc.text.p, "saw:none");
    assert_false(file_exists("/tmp/hearth-spy-wrote"));
    doc_fini(&doc);
    extractor_free(ex);
    (void)unlink(script);
    (void)unlink(secret);
}

static void the_pdf_reader_sees_no_other_file(void **state) {
    spy(false);
}

static void without_landlock_a_mount_namespace_hides_files(void **state) {
    ExtractorOptions options;
    SandboxReport report;
    Extractor *ex;
    Err err;
    spy(true);
    fill_options(&options);
    assert_int_equal(sandbox_probe(&options, &report, &err), OK);
    options.hide_landlock = true;
    options.weak_sandbox = !report.mount_namespace;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    assert_still_reads(ex);
    if (getenv("HEARTH_GOLDEN")) {
        char dir[512];
        (void)snprintf(dir, sizeof dir, "%s/documents", getenv("HEARTH_GOLDEN"));
        golden(ex, dir, "harbour.pdf"); /* Chinese too: fonts and character maps are within reach */
    }
    extractor_free(ex);
}

static void without_file_isolation_readers_refuse_unless_weak(void **state) {
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    fill_options(&options);
    options.hide_isolation = true;
    assert_int_equal(extractor_new(&options, &ex, &err), E_DENIED);
    assert_non_null(strstr(err.message, "Landlock"));
    assert_non_null(strstr(err.hint, "--weak-sandbox"));
    assert_null(ex);
    options.weak_sandbox = true;
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    assert_still_reads(ex);
    if (getenv("HEARTH_GOLDEN")) {
        char dir[512];
        (void)snprintf(dir, sizeof dir, "%s/documents", getenv("HEARTH_GOLDEN"));
        golden(ex, dir, "harbour.pdf");
    }
    extractor_free(ex);
}

static void the_probe_tells_what_the_kernel_grants(void **state) {
    ExtractorOptions options;
    SandboxReport report;
    Err err;
    fill_options(&options);
    assert_int_equal(sandbox_probe(&options, &report, &err), OK);
    assert_true(report.program_found);
    assert_true(report.seccomp);
    assert_int_equal(report.files_isolated, report.landlock || report.mount_namespace);
    assert_int_equal(report.landlock, report.landlock_abi > 0);
    options.hide_isolation = true;
    assert_int_equal(sandbox_probe(&options, &report, &err), OK);
    assert_false(report.files_isolated);
    assert_non_null(strstr(report.missing, "Landlock"));
}

static void a_missing_reader_says_what_to_do(void **state) {
    ExtractorOptions options;
    Extractor *ex;
    Err err;
    Doc doc;
    fill_options(&options);
    const char *program = options.program;
    options.program = "/nonexistent/hearth-read";
    assert_int_equal(extractor_new(&options, &ex, &err), E_FAILED);
    assert_true(err.hint[0] != 0);
    options.program = program;
    options.pdftotext = "/nonexistent/pdftotext";
    assert_int_equal(extractor_new(&options, &ex, &err), OK);
    assert_int_equal(run_bytes(ex, "%PDF-1.4\n", 9, "a.pdf", &doc, &err), E_FAILED);
    assert_non_null(strstr(err.hint, "poppler-utils"));
    doc_fini(&doc);
    assert_still_reads(ex);
    extractor_free(ex);
}

/* ---- collected documents ---- */

static void read_folder(const char *dir, unsigned *good, unsigned *bad) {
    DIR *d = opendir(dir);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        char path[2048];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_name[0] == '.' || stat(path, &st) != 0) continue;
        if (S_ISDIR(st.st_mode)) {
            read_folder(path, good, bad);
            continue;
        }
        Doc doc;
        Err err;
        err_clear(&err);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        Status status = extractor_run(shared, fd, path, &doc, &err);
        (void)close(fd);
        bool named = status == E_UNSUPPORTED || status == E_CORRUPT || status == E_LIMIT;
        if (status != OK && !named) fail_msg("%s: %s", path, err.message);
        if (strstr(err.message, "crashed") || strstr(err.message, "forbidden"))
            fail_msg("%s", err.message);
        ++*(status == OK ? good : bad);
        doc_fini(&doc);
    }
    (void)closedir(d);
}

static void collected_documents_give_text_or_a_named_error(void **state) {
    char dir[1024];
    unsigned good = 0, bad = 0;
    const char *data = getenv("HEARTH_TEST_DATA");
    static const char *const sets[] = {"docling", "unstructured"};
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        (void)snprintf(dir, sizeof dir, "%s/knowledge/extraction/%s",
                       data ? data : "../shared/data", sets[i]);
        read_folder(dir, &good, &bad);
    }
    if (good + bad == 0) {
        print_message("no test data: set HEARTH_TEST_DATA\n");
        skip();
    }
    print_message("%u documents read, %u named errors\n", good, bad);
    assert_true(good > bad);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_documents_read_as_expected),
        cmocka_unit_test(lines_are_found_again_in_every_format),
        cmocka_unit_test(names_are_made_harmless_in_messages),
        cmocka_unit_test(devices_pipes_and_directories_are_refused),
        cmocka_unit_test(a_file_of_10_gb_is_refused_at_once),
        cmocka_unit_test(one_line_of_40_mb_is_read_or_named),
        cmocka_unit_test(zip_bombs_end_at_the_ceiling),
        cmocka_unit_test(truncated_and_bit_flipped_documents_never_crash),
        cmocka_unit_test(damaged_pdfs_never_crash),
        cmocka_unit_test(a_reader_that_crashes_costs_one_file),
        cmocka_unit_test(too_much_cpu_time_ends_the_reader),
        cmocka_unit_test(the_cancel_flag_stops_a_reader),
        cmocka_unit_test(a_pdf_that_hangs_its_reader_is_given_up),
        cmocka_unit_test(why_an_attached_pdf_was_not_read_stands_behind_its_name),
        cmocka_unit_test(a_reader_that_hangs_up_and_sleeps_is_not_waited_for),
        cmocka_unit_test(a_reader_cannot_say_that_the_user_stopped),
        cmocka_unit_test(files_in_a_file_have_a_ceiling_together),
        cmocka_unit_test(the_pdf_reader_sees_no_other_file),
        cmocka_unit_test(without_landlock_a_mount_namespace_hides_files),
        cmocka_unit_test(without_file_isolation_readers_refuse_unless_weak),
        cmocka_unit_test(the_probe_tells_what_the_kernel_grants),
        cmocka_unit_test(a_missing_reader_says_what_to_do),
        cmocka_unit_test(collected_documents_give_text_or_a_named_error),
    };
    return cmocka_run_group_tests_name("extract", tests, open_shared, close_shared);
}
