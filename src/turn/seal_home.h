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
    void (*each)(void *user, const char *path, uint64_t n); /* may be NULL */
    void *user;
} SealProgress;

/* A plain home gets a key file, opened by this passphrase; then all its files are sealed. In a
   sealed home (unlocked; passphrase is not looked at): what is plain in it is sealed. */
Status seal_home_on(Str passphrase, const SealProgress *progress, Err *err) WARN_UNUSED;
/* All files become plain, the key file goes. Unlocked. */
Status seal_home_off(const SealProgress *progress, Err *err) WARN_UNUSED;
/* What was cut off goes on; nothing when nothing was, or while others use the home. Unlocked. */
Status seal_home_resume(Err *err) WARN_UNUSED;
/* Another passphrase; or the one secret that opens the home, too, or none (p NULL). Unlocked. */
Status seal_home_passphrase(Str passphrase, Err *err) WARN_UNUSED;
Status seal_home_credential(Str secret, Err *err) WARN_UNUSED;
/* In the system's keyring for so long, or in it no more. Unlocked. */
Status seal_home_remember(uint32_t seconds, Err *err) WARN_UNUSED;
void seal_home_forget(void);

#endif
