/*
 * The body of sealed_text.h.
 *
 * A text is sealed or plain as the home was when it was written; which of the two is told by its
 * first bytes (frame_probe), not by the home: so a conversion that was cut off can go on. In a
 * plain home a person may edit these files; in a sealed one they are frames of kind "text" and
 * change only through Hearth.
 */
#include "base/sealed_text.h"

#include "base/frame.h"
#include "base/sealing.h"

enum { TEXT_VERSION = 1 };

static const char text_kind[] = "text";
static const size_t CONVERT_MAX = (size_t)1 << 32;

/* A sealed frame of another kind is no text of ours, and is read as the bytes it is. */
static Status is_sealed(const char *path, bool *sealed, Err *err) {
    FrameProbe probe;
    TRY(frame_probe(path, &probe, err));
    *sealed = probe.sealed && strcmp(probe.kind, text_kind) == 0;
    return OK;
}

/* The frame's checks are the text's. */
static Status read_sealed(const char *path, Buf *out, Err *err) {
    Frame frame;
    TRY(frame_open(path, text_kind, TEXT_VERSION, FRAME_CHECK_ALL, &frame, err));
    buf_add(out, frame.payload, frame.payload_bytes);
    frame_close(&frame);
    return buf_check(out, path, err);
}

/* A plain file in a sealed home is refused: somebody else may have put it there. One that is absent
   is E_NOT_FOUND in every home. */
Status sealed_text_read(const char *path, Buf *out, Err *err) {
    bool sealed;
    TRY(is_sealed(path, &sealed, err));
    if (sealed) return read_sealed(path, out, err);
    if (file_exists(path)) TRY(sealing_may_read(path, false, err));
    return file_read(path, out, err);
}

/* Whole or not at all, in either form. */
Status sealed_text_replace(const char *path, Str text, Err *err) {
    if (!sealing_on()) return file_replace(path, text, 0600, err);
    return frame_put(path, text_kind, TEXT_VERSION, text, err);
}

/* Any size up to 4 GiB: also files that grew before the home was sealed. */
Status sealed_text_convert(const char *path, Err *err) {
    Buf text;
    bool sealed;
    TRY(is_sealed(path, &sealed, err));
    if (sealed == sealing_on()) return OK;
    buf_init(&text, CONVERT_MAX);
    Status status = sealed_text_read(path, &text, err);
    if (status == OK) status = sealed_text_replace(path, buf_str(&text), err);
    buf_fini(&text);
    return status;
}
