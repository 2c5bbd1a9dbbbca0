/*
 * Sealing a home and unsealing it: what is done to its key file and to all files in it.
 *
 * The formats are base's and knowledge's; this page knows which files a home has. A conversion may
 * be cut off at any moment: the key file says that it is going on, both forms are read meanwhile,
 * and it goes on with the next start or command. What a file was before is overwritten by nothing:
 * on most disks that could not be promised.
 */
#ifndef HEARTH_TURN_SEAL_HOME_H
#define HEARTH_TURN_SEAL_HOME_H

#include "base/sealing.h"

typedef struct SealProgress {
    void (*each)(void *user, const char *path, uint64_t n); /* the n-th, from 0; may be NULL */
    void *user;
} SealProgress;

/* E_DENIED: the key file is gone, and a file of the home is sealed by it. A new key file would open
   none of these, and stand where the old one has to be brought back. */
Status seal_home_key_there(Err *err) WARN_UNUSED;
/* A plain home gets a key file, opened by this passphrase; then all its files are sealed. In a
   sealed home (unlocked; passphrase is not looked at): what is plain in it is sealed. Nothing of
   the home may be open in this process. E_BUSY: another process uses it, nothing was done. After
   another failure the home is part plain, part sealed, can be read, and the next call goes on.
   progress may be NULL. */
Status seal_home_on(Str passphrase, const SealProgress *progress, Err *err) WARN_UNUSED;
/* All files become plain, the key file goes; the same promises. Unlocked. A plain home: OK. */
Status seal_home_off(const SealProgress *progress, Err *err) WARN_UNUSED;
/* What was cut off goes on; OK at once when nothing was, when the home is locked, or while others
   use it: the next one will. */
Status seal_home_resume(Err *err) WARN_UNUSED;
/* Another passphrase: the old one opens the home no more. Unlocked. The files stay as they are:
   the master key is the same. */
Status seal_home_passphrase(Str passphrase, Err *err) WARN_UNUSED;
/* The one secret, of 32 bytes and more, that opens the home, too; p NULL: none does. Unlocked. */
Status seal_home_credential(Str secret, Err *err) WARN_UNUSED;
/* The master key goes into the system's keyring for so long. Unlocked. E_UNSUPPORTED: none here. */
Status seal_home_remember(uint32_t seconds, Err *err) WARN_UNUSED;
/* It is in the keyring no more; fine when it was not. This process stays unlocked. */
void seal_home_forget(void);

#endif
