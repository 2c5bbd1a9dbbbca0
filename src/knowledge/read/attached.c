/*
 * The body of attached.h.
 *
 * Attachments are named in a last block, and behind the name of one that is not read stands why: a
 * picture, a program, damaged. One that read_bytes() reads (a table, a letter, a calendar, but no
 * mail, which would go on without end) stands in the text as well, under a heading with its name
 * and at the line where it begins; a PDF, which takes another program, is kept for the extractor
 * (doc_keep_file), which puts its text behind the mail's. A damaged attachment costs nothing else.
 */
#include "knowledge/read/attached.h"

#include "base/mem.h"
#include "knowledge/read/clean.h"
#include "knowledge/read/read.h"

enum { NAMES_MAX = 60000 };

void attached_init(Attached *a, Doc *doc, Err *err) {
    *a = (Attached){.doc = doc, .err = err, .within = DOC_IN_MAIL};
    buf_init(&a->names, 64 * 1024);
    buf_init(&a->subject, 1 << 20);
}

void attached_fini(Attached *a) {
    buf_fini(&a->names);
    buf_fini(&a->subject);
}

void attached_subject(Attached *a, Str subject) {
    buf_clear(&a->subject);
    buf_add_str(&a->subject, subject);
}

/* Names that no longer fit are counted only; their files are read all the same. */
void attached_name(Attached *a, Str name) {
    const char *label = a->within == DOC_IN_MAIL ? "Attachments: " : "Files: ";
    if (!name.n) return;
    if (a->names.n >= NAMES_MAX) {
        a->unnamed++;
        return;
    }
    buf_add_c(&a->names, a->names.n ? ", " : label);
    buf_add_str(&a->names, name);
}

void attached_unread(Attached *a, const char *why) {
    if (a->names.n && a->names.n < NAMES_MAX) buf_printf(&a->names, " (not read: %s)", why);
}

/* Why an attachment has no text here, behind its name. */
static void say_unread(Attached *a, Status status, const ReadResult *result, const Err *why) {
    if (status == OK) return;
    bool unknown = status == E_UNSUPPORTED && result->kind[0];
    attached_unread(a, unknown ? result->kind : why->message);
}

/* A file's text under a heading with its name. Empty files leave no heading. */
static Status add_text(Attached *a, Str name, uint32_t line, Doc *file) {
    if (file->n_blocks) {
        TRY(emit_block(a->doc, (EmitAt){BLOCK_HEADING, 2, 0, line, EMIT_FLOW}, name, a->err));
        TRY(doc_append(a->doc, file, line, a->err));
    }
    return doc_take_files(a->doc, file, line, a->err);
}

/* Keeps a PDF for the extractor, as "NAME" or, where the mail has a subject, "NAME (SUBJECT)". */
static Status keep_pdf(Attached *a, Str name, uint32_t line, Buf *bytes) {
    char *label = NULL;
    Buf text;
    buf_init(&text, 1 << 21);
    buf_add_str(&text, name.n ? name : STR("PDF"));
    if (a->subject.n) buf_printf(&text, " (%s)", a->subject.p);
    Status status = buf_check(&text, "the name of an attachment", a->err);
    if (status == OK) status = emit_meta(&label, buf_str(&text), a->err);
    if (status == OK) status = doc_keep_file(a->doc, str_from(label), line, bytes, a->err);
    buf_fini(&text);
    mem_free(label);
    return status;
}

/* Two statuses on purpose: `read` is about the file and goes into words, `status` is about the
   document and ends the mail. Compound files go around read_bytes, so that a mail in a mail is not
   opened. */
Status attached_open(Attached *a, Str name, uint32_t line, Buf *bytes) {
    Doc file;
    ReadResult result = {""};
    Err why = {.message = ""};
    Str all = buf_str(bytes);
    Status status = OK, read;
    KindId kind = kind_of_head(all).id;
    bool in_mail = a->within == DOC_IN_MAIL;
    if (in_mail && kind == KIND_TEXT && kind_of_text(all, name).id == KIND_MAIL) return OK;
    doc_init(&file);
    file.inside = a->doc->inside | a->within;
    if (kind == KIND_PDF && a->doc->n_files == DOC_FILES_MAX) {
        read = err_set(&why, E_LIMIT, "more than %d PDFs in one file", DOC_FILES_MAX);
    } else if (kind == KIND_PDF) {
        read = keep_pdf(a, name, line, bytes);
    } else {
        read = in_mail && kind == KIND_OLD ? read_old(all, true, &file, &result, &why)
                                           : read_bytes(all, name, &file, &result, &why);
        if (read == OK) status = add_text(a, name, line, &file);
    }
    say_unread(a, read, &result, &why);
    if (read == E_NO_MEMORY) status = err_no_memory(a->err, "an attachment");
    doc_fini(&file);
    return status;
}

Status attached_end(Attached *a) {
    EmitAt at = {BLOCK_PARAGRAPH, 0, 0, 0, EMIT_FLOW};
    if (a->unnamed) buf_printf(&a->names, ", and %zu more", a->unnamed);
    a->unnamed = 0;
    TRY(buf_check(&a->names, "the names of attachments", a->err));
    Status status = emit_block(a->doc, at, buf_str(&a->names), a->err);
    buf_clear(&a->names);
    return status;
}
