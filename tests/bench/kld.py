#!/usr/bin/env python3
"""Mean KL divergence of logits from a reference, row by row.

    kld.py N_VOCAB REFERENCE.f32 NAME=FILE.f32 [NAME=FILE.f32 ...]

Each file is raw float32 rows of N_VOCAB logits, as `hearth score --logits` and the tool
tests/bench/logits write them; all files hold the same rows. For each FILE one line:

    NAME rows mean_kl +- standard_error p99 same_top% max_abs_difference

KL(P_ref || P) in nats, in float64 from the float32 logits; same_top: rows whose greatest logit has
the same id. With two or more FILEs a last line gives the paired difference of the first two, which
says more than their errors apart: both are measured on the same rows.
"""
import sys

import numpy as np

BLOCK = 16


def log_softmax(rows):
    rows = rows.astype(np.float64)
    rows -= rows.max(axis=1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))


def compare(n_vocab, reference, path):
    ref = np.memmap(reference, np.float32, "r").reshape(-1, n_vocab)
    own = np.memmap(path, np.float32, "r").reshape(-1, n_vocab)
    if len(ref) != len(own):
        sys.exit(f"{path}: {len(own)} rows, the reference has {len(ref)}")
    kl, top, far = [], 0, 0.0
    for at in range(0, len(ref), BLOCK):
        a, b = np.asarray(ref[at:at + BLOCK]), np.asarray(own[at:at + BLOCK])
        if not np.isfinite(b).all():
            sys.exit(f"{path}: row {at} or after holds a value that is no number")
        p, q = log_softmax(a), log_softmax(b)
        kl.append((np.exp(p) * (p - q)).sum(axis=1))
        top += int((a.argmax(axis=1) == b.argmax(axis=1)).sum())
        far = max(far, float(np.abs(p - q).max()))
    kl = np.concatenate(kl)
    return kl, top, far


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    n_vocab, reference = int(sys.argv[1]), sys.argv[2]
    kept = []
    for item in sys.argv[3:]:
        name, path = item.split("=", 1)
        kl, top, far = compare(n_vocab, reference, path)
        kept.append(kl)
        error = kl.std() / np.sqrt(len(kl))
        print(f"{name} rows {len(kl)} kl {kl.mean():.6f} +- {error:.6f} p99 "
              f"{np.quantile(kl, 0.99):.5f} same_top {100 * top / len(kl):.2f}% max {far:.3f}",
              flush=True)
    if len(kept) > 1:
        d = kept[0] - kept[1]
        print(f"first minus second {d.mean():+.6f} +- {d.std() / np.sqrt(len(d)):.6f}")


if __name__ == "__main__":
    main()
