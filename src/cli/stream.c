/*
 * Stream: an answer on its way to the reader, of which a part may be taken back.
 *
 * A small model writes "She is 65 years old", and only then Hearth sees that no document says so.
 * On a terminal that can erase, words are shown as they come, and those that do not stand are wiped
 * away: the cursor goes up to where they began, and the rest of the screen is cleared. Anywhere
 * else (a pipe, a file, a terminal that cannot erase) nothing is shown before all of it stands: who
 * reads there later sees the answer and nothing that was not one.
 *
 *     on the screen        The rent is 1,850 a month. [1]|     the bar: where the cursor is
 *     cli_stream_back(0)   |
 *     then                 The documents do not answer this.
 *
 * Where the words began is counted from the text itself: a row is `columns` wide, a letter 0, 1 or
 * 2 (Unicode's East Asian Width), and one that does not fit goes to the next row. A terminal leaves
 * the cursor on the last column until the next letter comes, which this counts alike.
 *
 * Limits: what has scrolled out of the screen cannot be wiped away. Then it stays, and what follows
 * stands behind a blank line. A window whose size changes while an answer comes, or letters typed
 * meanwhile, make the count wrong: some lines too many or too few are wiped.
 */
#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/cli.h"

enum { TEXT_MAX = 16 << 20, MARKS_MAX = 1 << 16, TAB = 8 };

void cli_stream_init(CliStream *stream, Cli *cli) {
    *stream = (CliStream){.cli = cli, .live = cli->tty_out && cli_can_erase()};
    buf_init(&stream->text, TEXT_MAX);
}

void cli_stream_fini(CliStream *stream) {
    buf_fini(&stream->text);
    mem_free(stream->marks);
}

/* What is more than a reader reads is no longer kept, and cannot be taken back. */
static bool is_full(const CliStream *stream) { return stream->text.status != OK; }

static void print_mark(const CliStream *stream, int n) {
    const Cli *cli = stream->cli;
    if (n) printf("%s [%d]%s", cli_bold(cli), n, cli_plain(cli));
    else printf("%s [?]%s", cli_dim(cli), cli_plain(cli));
}

void cli_stream_text(CliStream *stream, Str piece) {
    buf_add_str(&stream->text, piece);
    if (is_full(stream) && !stream->live) { /* what is held must not be lost */
        cli_stream_end(stream);
        stream->live = true;
    }
    if (!stream->live) return;
    cli_print(piece.p, piece.n);
    cli_flush(stream->cli);
}

void cli_stream_mark(CliStream *stream, int n) {
    assert(n >= 0);
    CliMark mark = {stream->text.n, n};
    assert(!stream->n_marks || stream->marks[stream->n_marks - 1].at <= mark.at);
    if (mem_grow((void **)&stream->marks, &stream->cap_marks, stream->n_marks + 1, sizeof mark,
                 MARKS_MAX, NULL) == OK) {
        stream->marks[stream->n_marks++] = mark;
    }
    if (!stream->live) return;
    print_mark(stream, n);
    cli_flush(stream->cli);
}

/* Counted from where the answer began. */
typedef struct Spot {
    unsigned row, column;
} Spot;

static void step(Spot *spot, uint32_t c, unsigned columns) {
    unsigned wide = cli_width(c);
    if (c == '\n') {
        *spot = (Spot){spot->row + 1, 0};
    } else if (c == '\t') {
        spot->column = (spot->column / TAB + 1) * TAB;
        if (spot->column > columns - 1) spot->column = columns - 1;
    } else {
        if (spot->column + wide > columns) *spot = (Spot){spot->row + 1, 0};
        spot->column += wide;
    }
    assert(spot->column <= columns);
}

/* " [12]": its blank, two brackets and the number, of which 0 is a question mark. */
static void step_mark(Spot *spot, int n, unsigned columns) {
    char text[16];
    int length = snprintf(text, sizeof text, " [%d]", n);
    for (int i = 0; i < length; i++) step(spot, (unsigned char)text[i], columns);
}

/* Behind the first `upto` bytes and their marks. */
static Spot find_spot(const CliStream *stream, size_t upto, unsigned columns) {
    Spot spot = {0, 0};
    Str text = str_sub(buf_str(&stream->text), 0, upto);
    size_t mark = 0;
    for (size_t at = 0, width; at <= text.n; at += width) {
        for (; mark < stream->n_marks && stream->marks[mark].at <= at; mark++) {
            step_mark(&spot, stream->marks[mark].n, columns);
        }
        if (at == text.n) break;
        step(&spot, utf8_decode(text, at, &width), columns);
    }
    return spot;
}

/* False: it is out of reach. A spot behind the last column is none that a cursor can be set to. */
static bool wipe(const CliStream *stream, size_t keep) {
    CliScreen screen = cli_screen();
    Spot from = find_spot(stream, keep, screen.columns);
    Spot to = find_spot(stream, stream->text.n, screen.columns);
    assert(from.row <= to.row);
    if (to.row - from.row >= screen.rows || from.column >= screen.columns) return false;
    if (to.row > from.row) printf("\x1b[%uA", to.row - from.row);
    printf("\r");
    if (from.column) printf("\x1b[%uC", from.column);
    printf("\x1b[J");
    return true;
}

void cli_stream_back(CliStream *stream, size_t keep) {
    if (keep >= stream->text.n) return;
    if (stream->live) {
        stream->stuck = stream->stuck || is_full(stream) || !wipe(stream, keep);
        if (stream->stuck) printf("\n\n");
        cli_flush(stream->cli);
    }
    stream->text.n = keep;
    while (stream->n_marks && stream->marks[stream->n_marks - 1].at > keep) stream->n_marks--;
}

void cli_stream_end(CliStream *stream) {
    Str text = buf_str(&stream->text);
    size_t at = 0;
    if (stream->live) return;
    for (size_t i = 0; i < stream->n_marks; i++) {
        size_t end = stream->marks[i].at;
        cli_print(text.p + at, end - at);
        print_mark(stream, stream->marks[i].n);
        at = end;
    }
    cli_print(text.p + at, text.n - at);
}
