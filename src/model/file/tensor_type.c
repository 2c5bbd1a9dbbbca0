/*
 * What a tensor's type number means: how many elements make a block and how many bytes it has.
 *
 * Numbers and sizes are those of the GGUF world (ggml/include/ggml.h, enum ggml_type, and the
 * block structures in ggml/src/ggml-common.h, version 0.25): a block of Q4_0 is one half-precision
 * scale and 32 four-bit numbers, 18 bytes; the K types share scales inside blocks of 256. Whether
 * the engine can compute with a type is its own question; the file reader needs only sizes.
 *
 * Withdrawn numbers (4, 5, 31-33, 36-38) stay empty: files that hold them are refused by name.
 */
#include "model/file/gguf.h"

static const TensorTypeInfo types[TENSOR_TYPE_COUNT] = {
    [TENSOR_F32] = {"F32", 1, 4},          [TENSOR_F16] = {"F16", 1, 2},
    [TENSOR_Q4_0] = {"Q4_0", 32, 18},      [TENSOR_Q4_1] = {"Q4_1", 32, 20},
    [TENSOR_Q5_0] = {"Q5_0", 32, 22},      [TENSOR_Q5_1] = {"Q5_1", 32, 24},
    [TENSOR_Q8_0] = {"Q8_0", 32, 34},      [TENSOR_Q8_1] = {"Q8_1", 32, 36},
    [TENSOR_Q2_K] = {"Q2_K", 256, 84},     [TENSOR_Q3_K] = {"Q3_K", 256, 110},
    [TENSOR_Q4_K] = {"Q4_K", 256, 144},    [TENSOR_Q5_K] = {"Q5_K", 256, 176},
    [TENSOR_Q6_K] = {"Q6_K", 256, 210},    [TENSOR_Q8_K] = {"Q8_K", 256, 292},
    [TENSOR_IQ2_XXS] = {"IQ2_XXS", 256, 66}, [TENSOR_IQ2_XS] = {"IQ2_XS", 256, 74},
    [TENSOR_IQ3_XXS] = {"IQ3_XXS", 256, 98}, [TENSOR_IQ1_S] = {"IQ1_S", 256, 50},
    [TENSOR_IQ4_NL] = {"IQ4_NL", 32, 18},  [TENSOR_IQ3_S] = {"IQ3_S", 256, 110},
    [TENSOR_IQ2_S] = {"IQ2_S", 256, 82},   [TENSOR_IQ4_XS] = {"IQ4_XS", 256, 136},
    [TENSOR_I8] = {"I8", 1, 1},            [TENSOR_I16] = {"I16", 1, 2},
    [TENSOR_I32] = {"I32", 1, 4},          [TENSOR_I64] = {"I64", 1, 8},
    [TENSOR_F64] = {"F64", 1, 8},          [TENSOR_IQ1_M] = {"IQ1_M", 256, 56},
    [TENSOR_BF16] = {"BF16", 1, 2},        [TENSOR_TQ1_0] = {"TQ1_0", 256, 54},
    [TENSOR_TQ2_0] = {"TQ2_0", 256, 66},   [TENSOR_MXFP4] = {"MXFP4", 32, 17},
};

const TensorTypeInfo *tensor_type_info(uint32_t type) {
    return type < TENSOR_TYPE_COUNT && types[type].name ? &types[type] : NULL;
}

bool tensor_type_bytes(uint32_t type, uint64_t elements, uint64_t *bytes) {
    const TensorTypeInfo *info = tensor_type_info(type);
    if (!info || elements % info->block_elements) return false;
    return !__builtin_mul_overflow(elements / info->block_elements, (uint64_t)info->block_bytes,
                                   bytes);
}
