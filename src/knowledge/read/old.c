/*
 * Files of Office before 2007 and of Outlook: which of them is it?
 *
 * All are compound files (cfb.c) and are told apart by the streams in them, as [MS-DOC], [MS-XLS],
 * [MS-PPT] and [MS-OXMSG] name them. Office 2007 and later wraps an encrypted docx or xlsx in one,
 * too.
 */
#include <stdio.h>

#include "knowledge/read/cfb.h"
#include "knowledge/read/read.h"

static bool has(const Cfb *cfb, const char *name) {
    return cfb_find(cfb, CFB_ROOT, name) != CFB_NONE;
}

/* E_UNSUPPORTED with the kind for counting. */
static Status unknown(ReadResult *result, const char *kind, Err *err) {
    (void)snprintf(result->kind, sizeof result->kind, "%s", kind);
    return err_set(err, E_UNSUPPORTED, "%s: this kind of file is not read yet", kind);
}

/* By the streams of the root. What wraps an encrypted file is looked for first: nothing else in it
   means anything. */
static Status read_opened(const Cfb *cfb, bool attached, Doc *doc, ReadResult *result, Err *err) {
    if (has(cfb, "EncryptedPackage")) return read_needs_password(err);
    if (has(cfb, "WordDocument")) {
        Status status = read_doc97(cfb, doc, err);
        if (status == E_UNSUPPORTED) {
            (void)snprintf(result->kind, sizeof result->kind, "document of Word 6 or 95 (doc)");
        }
        return status;
    }
    if (has(cfb, "__properties_version1.0")) {
        return attached ? unknown(result, "mail in a mail (msg)", err) : read_msg(cfb, doc, err);
    }
    uint32_t book = cfb_find(cfb, CFB_ROOT, "Workbook");
    if (book != CFB_NONE) return read_xls(cfb, book, doc, err);
    if (has(cfb, "Book")) return unknown(result, "spreadsheet of Excel 5 or 95 (xls)", err);
    uint32_t show = cfb_find(cfb, CFB_ROOT, "PowerPoint Document");
    if (show != CFB_NONE) return read_ppt(cfb, show, doc, err);
    return unknown(result, "old Office file", err);
}

Status read_old(Str bytes, bool attached, Doc *doc, ReadResult *result, Err *err) {
    Cfb cfb;
    Status status = cfb_open(bytes, &cfb, err);
    if (status == OK) status = read_opened(&cfb, attached, doc, result, err);
    cfb_close(&cfb);
    return status;
}
