/*
 * Own: the gap model that was trained here, in its file.
 *
 * Training takes seconds to a minute and holds no lock: only its result is put in its place under
 * one. What was trained meanwhile by another process is replaced, as the later of two is.
 *
 * The file is one frame, replaced by rename under the lock of the router's memory (record.c): a
 * crash leaves the old one or the new one. It belongs to one local model, known by its file's name
 * and size, so that nothing has to be loaded to know whether it fits; what was learned of a weak
 * model would mislead about a strong one. It is no part of the router's memory, which is written
 * after each question and a hundred times smaller.
 */
#include "turn/own.h"

#include <assert.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/frame.h"
#include "base/home.h"
#include "base/mem.h"
#include "turn/record.h"

/* The local model's file, without folders, and its size; "" and 0: there is none. */
static Status local_model(Rig *rig, char name[ROUTE_OWN_FILE], uint64_t *bytes, Err *err) {
    char *path = NULL;
    struct stat st;
    Err why;
    name[0] = 0;
    *bytes = 0;
    Status status = rig_model_path(rig, &path, &why);
    if (status == E_NO_MEMORY) return err_no_memory(err, "a path");
    if (status == OK && stat(path, &st) == 0) {
        const char *slash = strrchr(path, '/');
        (void)snprintf(name, ROUTE_OWN_FILE, "%s", slash ? slash + 1 : path);
        *bytes = (uint64_t)st.st_size;
    }
    mem_free(path);
    return OK;
}

/* A frame, all of whose checksums are looked at: it is small. */
static Status read_file(const char *path, RouteOwn **out, Err *err) {
    Frame frame;
    TRY(frame_open(path, "gap", ROUTE_OWN_VERSION, FRAME_CHECK_ALL, &frame, err));
    Status status = route_own_read(frame.payload, frame.payload_bytes, out, err);
    frame_close(&frame);
    return status;
}

/* Replaced as a whole; ROUTE_OWN_BYTES_MAX is what a reader takes. */
static Status write_file(const char *path, const RouteOwn *own, Err *err) {
    Buf bytes;
    buf_init(&bytes, ROUTE_OWN_BYTES_MAX);
    route_own_write(own, &bytes);
    Status status = buf_check(&bytes, "the router's own model", err);
    if (status == OK) status = frame_put(path, "gap", ROUTE_OWN_VERSION, buf_str(&bytes), err);
    buf_fini(&bytes);
    return status;
}

/* A damaged file costs nobody an answer: the shipped model is used, and why is kept to be told. */
Status own_load(Rig *rig, Err *err) {
    char *path = NULL, name[ROUTE_OWN_FILE];
    uint64_t bytes;
    Err why;
    if (rig->own) return OK;
    rig->own_idle[0] = 0;
    TRY(record_path("route.model", &path, err));
    Status status = read_file(path, &rig->own, &why);
    mem_free(path);
    if (status == E_NO_MEMORY) return err_no_memory(err, "the router's own model");
    if (status == OK) {
        assert(rig->own);
        status = local_model(rig, name, &bytes, err);
        if (status == OK && rig->own->model_bytes == bytes &&
            strcmp(rig->own->model_file, name) == 0) {
            return OK;
        }
        (void)snprintf(rig->own_idle, sizeof rig->own_idle,
                       "what `hearth route train` trained is for another local model (%.100s) and "
                       "is not used", rig->own->model_file[0] ? rig->own->model_file : "none");
        route_own_free(rig->own);
        rig->own = NULL;
        return status;
    }
    if (status != E_NOT_FOUND) {
        (void)snprintf(rig->own_idle, sizeof rig->own_idle,
                       "what `hearth route train` trained cannot be read and is not used (%.120s)",
                       why.message);
    }
    return OK;
}

/* NULL: it goes. Under the lock, since another process may read and train. */
static Status replace(const RouteOwn *own, Err *err) {
    char *path = NULL;
    int fd;
    TRY(record_path("route.model", &path, err));
    Status status = record_lock(&fd, err);
    if (status == OK) {
        status = own ? write_file(path, own, err) : file_remove(path, err);
        file_unlock(fd);
    }
    mem_free(path);
    return status;
}

/* The file says of which local model it is: that of now, which answered the questions. */
Status own_train(Rig *rig, RouteExample *examples, size_t n, Str endpoint, RouteOwnTrial *trial,
                 Err *err) {
    RouteOwn *own = NULL;
    TRY(rig_unlock(rig, err));
    TRY(own_load(rig, err));
    const RouteOwnTask task = {examples, n, rig->own, &rig->cancel};
    TRY(route_own_train(&task, trial, &own, err));
    assert((own == NULL) == (trial->not_taken != NULL));
    if (!own) return OK;
    (void)snprintf(own->endpoint, sizeof own->endpoint, "%.*s", (int)endpoint.n, endpoint.p);
    Status status = local_model(rig, own->model_file, &own->model_bytes, err);
    if (status == OK) status = replace(own, err);
    route_own_free(own);
    return status;
}

Status own_forget(Rig *rig, Err *err) {
    return replace(NULL, err);
}
