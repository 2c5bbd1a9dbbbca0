/*
 * The gate's vault and ledger on bad days (reliability D1, D3).
 *
 *   gate_fault STEP [SEED]
 *
 * A scene (a secret, a consent, two parcels of one conversation, two entries of the ledger, the
 * pairing file of another device with two conversations) is played in a child, in a fresh folder,
 * with a fault at call 1, 1 + STEP, ... that changes the disk, in three manners: killed there with
 * half of the bytes written; the call fails with EIO; that and all later ones fail with ENOSPC. The
 * child tells through a pipe what was committed: the secret is in, this masked text was handed out,
 * this entry was begun, the file is in. Then the folder is opened again and all of it must be
 * there: secrets are read, masked texts restore byte for byte, also the other device's, the chain
 * of the ledger is whole (pieces of lines told), and the gate goes on. TAP on stdout.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../support/gate_talk.h"
#include "base/sealing.h"
#include "base/text.h"
#include "disk_tap.h"
#include "gate/gate_impl.h"
#include "gate/ledger.h"
#include "gate/pair.h"

enum { TEXT_MAX = 4096 };

typedef enum Manner { KILLED, FAILS_ONCE, FULL_DISK, MANNERS } Manner;

static const char *const manners[MANNERS] = {"killed", "EIO", "disk full"};
static const char *const texts[2] = {
    "手机 13800138000，姓名：张伟明。", "手机 13900139001，姓名：张伟明。Name: Alice Smith, hi"};

static const char *const given[2] = {"a", "b"}; /* conversations of the other device */
static char other_home[64], other_file[80], other_masked[2][TEXT_MAX];
static unsigned long calls, fault_at;
static Manner manner;

static int at_call(void *user, const TapEvent *e) {
    (void)user;
    calls++;
    if (manner == FULL_DISK) return calls >= fault_at ? ENOSPC : 0;
    if (calls != fault_at) return 0;
    if (manner == FAILS_ONCE) return EIO;
    if (e->kind == TAP_WRITE && e->n > 1) {
        (void)syscall(SYS_pwrite64, e->fd, e->bytes, e->n / 2, e->at);
    }
    (void)kill(getpid(), SIGKILL);
    return 0;
}

/* ---- the child ------------------------------------------------------------------------------- */

/* What was committed: 's' secret, 'm' masked text follows, 'b' begun, 'p' paired. */
static void tell(int fd, char what, Str text) {
    uint32_t n = (uint32_t)text.n;
    char head[5] = {what};
    memcpy(head + 1, &n, sizeof n);
    if (write(fd, head, sizeof head) != sizeof head || write(fd, text.p, text.n) != (ssize_t)text.n)
        _exit(2);
}

static Status turn(Gate *gate, int fd, const char *text, Err *err) {
    GateParcel *parcel;
    GateUsage usage = {10, 20, 0.5, false};
    uint64_t id;
    TRY(gate_talk_parcel(gate, "a", GATE_PUBLIC, str_from(text), &parcel, NULL, err));
    tell(fd, 'm', gate_parcel_text(parcel, 0));
    Status status = gate_ledger_begin(gate, parcel, "host", "model", &id, err);
    if (status == OK) tell(fd, 'b', STR(""));
    if (status == OK) status = gate_ledger_end(gate, id, OK, 100, &usage, err);
    gate_parcel_free(parcel);
    return status;
}

static Status take_in(Gate *gate, Err *err) {
    GatePairing pairing;
    GatePairFile file = {.path = other_file, .passphrase = STR("correct horse")};
    return gate_pair_import(gate, &file, &pairing, err);
}

static Status scene(const char *folder, int fd) {
    Err err;
    Gate *gate;
    GateConsent consent = {"test", GATE_PUBLIC, "host", NULL};
    TRY(gate_open(folder, &gate, &err));
    Status status = vault_secret_put(gate->vault, "one", STR("first"), &err);
    if (status == OK) tell(fd, 's', STR("one"));
    if (status == OK) status = gate_consent_give(gate, &consent, &err);
    if (status == OK) status = turn(gate, fd, texts[0], &err);
    if (status == OK) status = vault_secret_put(gate->vault, "two", STR("second"), &err);
    if (status == OK) tell(fd, 's', STR("two"));
    if (status == OK) status = turn(gate, fd, texts[1], &err);
    if (status == OK) status = take_in(gate, &err);
    if (status == OK) tell(fd, 'p', STR(""));
    gate_close(gate);
    return status;
}

/* Plays the scene with the fault; what was told goes into `told`. true: the fault was reached. */
static bool play(const char *folder, Buf *told) {
    int pipe_fd[2], how = 0;
    if (pipe(pipe_fd) != 0) exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        close(pipe_fd[0]);
        tap_start(folder, at_call, NULL);
        Status status = scene(folder, pipe_fd[1]);
        _exit(calls < fault_at ? (status == OK ? 0 : 3) : 1);
    }
    close(pipe_fd[1]);
    for (ssize_t got; pid > 0;) {
        char step[4096];
        got = read(pipe_fd[0], step, sizeof step);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        buf_add(told, step, (size_t)got);
    }
    close(pipe_fd[0]);
    if (pid < 0 || waitpid(pid, &how, 0) != pid) exit(1);
    if (WIFEXITED(how) && WEXITSTATUS(how) >= 2) {
        (void)printf("Bail out! the scene fails without a fault\n");
        exit(1);
    }
    return !(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

/* ---- afterwards ------------------------------------------------------------------------------ */

static const char *restores(Gate *gate, const char *conversation, Str masked, const char *text) {
    Err err;
    GateRestorer *r;
    Buf out;
    uint64_t seed = 3;
    buf_init(&out, TEXT_MAX);
    if (gate_restorer_for(gate, conversation, GATE_PLAIN, &r, &err) != OK) return "the map is lost";
    bool good = gate_talk_restore(r, masked, 4, &seed, &out, &err) == OK &&
                str_eq_c(buf_str(&out), text);
    gate_restorer_free(r);
    buf_fini(&out);
    return good ? NULL : "a masked text is not put back";
}

static const char *has_secret(Gate *gate, const char *name) {
    Err err;
    Buf value;
    buf_init(&value, TEXT_MAX);
    bool good = vault_secret_get(gate->vault, name, &value, &err) == OK &&
                str_eq_c(buf_str(&value), strcmp(name, "one") == 0 ? "first" : "second");
    buf_fini(&value);
    return good ? NULL : "a secret is lost";
}

static const char *restores_the_others(Gate *gate) {
    const char *why = NULL;
    for (int i = 0; i < 2 && !why; i++) {
        why = restores(gate, given[i], str_from(other_masked[i]), texts[1]);
    }
    return why;
}

/* NULL: all that was told is there, and the gate goes on. */
static const char *look(const char *folder, const Buf *told) {
    Err err;
    Gate *gate;
    GateLedgerCheck check;
    size_t begun = 0, masked = 0;
    const char *why = NULL;
    if (gate_open(folder, &gate, &err) != OK) return "it does not open";
    if (gate_ledger_verify(gate, &check, &err) != OK) why = "the ledger is damaged";
    for (size_t at = 0; at + 5 <= told->n && !why;) {
        uint32_t n;
        memcpy(&n, told->p + at + 1, sizeof n);
        Str text = {told->p + at + 5, n};
        char name[8] = "";
        if (told->p[at] == 's') {
            memcpy(name, text.p, n);
            why = has_secret(gate, name);
        }
        if (told->p[at] == 'm') why = restores(gate, "a", text, texts[masked++]);
        if (told->p[at] == 'p') why = restores_the_others(gate);
        begun += told->p[at] == 'b';
        at += 5 + n;
    }
    if (!why && check.entries < begun) why = "an entry is lost";
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    GateConsent consent = {"test", GATE_PUBLIC, "host", NULL};
    if (!why && (gate_consent_give(gate, &consent, &err) != OK ||
                 turn(gate, null, texts[1], &err) != OK || take_in(gate, &err) != OK ||
                 gate_ledger_verify(gate, &check, &err) != OK)) {
        why = err.message;
        (void)printf("# %s\n", err.message);
        why = "it does not go on";
    }
    if (!why) why = restores_the_others(gate);
    close(null);
    gate_close(gate);
    return why;
}

/* The other device: one of its conversations has the name of one that is here. */
static Status make_other(Err *err) {
    Gate *gate;
    GatePairing pairing;
    gate_home_make(other_home);
    (void)snprintf(other_file, sizeof other_file, "%s/file", other_home);
    pair_set_cost(&(SealCost){1, 64});
    TRY(gate_open(other_home, &gate, err));
    GatePairFile file = {.path = other_file, .passphrase = STR("correct horse")};
    Status status = OK;
    for (int i = 0; i < 2 && status == OK; i++) {
        GateParcel *parcel;
        status = gate_talk_parcel(gate, given[i], GATE_PUBLIC, str_from(texts[1]), &parcel, NULL,
                                  err);
        if (status != OK) break;
        Str masked = gate_parcel_text(parcel, 0);
        memcpy(other_masked[i], masked.p, masked.n);
        gate_parcel_free(parcel);
    }
    if (status == OK) status = gate_pair_export(gate, &file, &pairing, err);
    gate_close(gate);
    return status;
}

int main(int argc, char **argv) {
    Err err;
    uint8_t key[SEAL_KEY_BYTES] = "a key of these tests, no secret";
    if (getenv("HEARTH_TEST_SEALED")) sealing_use(key);
    unsigned long step = argc > 1 ? strtoul(argv[1], NULL, 10) : 1, faults = 0, bad = 0;
    unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : (unsigned long)getpid();
    if (step == 0) step = 1;
    (void)printf("TAP version 13\n1..1\n# seed %lu\n", seed);
    if (make_other(&err) != OK) {
        (void)printf("Bail out! %s\n", err.message);
        return 1;
    }
    for (int m = 0; m < MANNERS; m++) {
        manner = (Manner)m;
        for (fault_at = 1 + seed % step;; fault_at += step) {
            char folder[64];
            Buf told;
            buf_init(&told, 1 << 20);
            gate_home_make(folder);
            (void)fflush(stdout);
            bool reached = play(folder, &told);
            const char *why = reached ? look(folder, &told) : NULL;
            if (why) (void)printf("# %s at call %lu: %s\n", manners[m], fault_at, why);
            bad += why != NULL;
            faults += reached;
            gate_home_clear(folder);
            buf_fini(&told);
            if (!reached) break;
        }
    }
    gate_home_clear(other_home);
    (void)printf("# %lu faults, %lu of them bad\n", faults, bad);
    (void)printf("%s 1 - gate_fault: what the gate has committed survives any fault of the disk\n",
                 bad || !faults ? "not ok" : "ok");
    return bad || !faults;
}
