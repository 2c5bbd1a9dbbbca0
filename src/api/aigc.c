/*
 * The label of generated content that China's "Measures for labelling AI-generated and synthetic
 * content" (in force since 1 September 2025) and GB 45438-2025 ask providers for: a mark that
 * readers see, and metadata under the name "AIGC".
 *
 * Known from several independent implementations of the standard's appendix on metadata (a
 * provider's cloud SDK, Java and Python tools, files that providers write): the object's seven
 * keys, all text, and that Label "1" means "is generated". Not seen: the standard's own text. So
 * not verified: the exact form of ContentProducer for somebody without a registered code (what the
 * user says is written here), the rule for the reserved codes (empty here), and the wording of the
 * mark, which says "AI" and "generated" in both languages and stands at the text's end, one of the
 * places that the Measures name.
 *
 * ProduceID is random: nothing of the content or the user can be told from it. Nothing is
 * propagated here, so the propagator's fields are empty.
 *
 * An example, as `hearth ask --aigc-label --json` shows it: a mark to be read, and
 * "AIGC": {"Label": "1", "ContentProducer": "hearth", "ProduceID": 32 hexadecimal digits,
 * "ReservedCode1": "", "ContentPropagator": "", "PropagateID": "", "ReservedCode2": ""}.
 */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/hash.h"
#include "turn/say.h"

enum { PRODUCE_ID_BYTES = 16 }; /* random: two labels never have one by chance */

/* All strings live in the turn's arena, or are static, as the answer's do. */
Status api_aigc(const Turn *turn, const char *producer, Arena *arena, hearth_answer *out,
                Err *err) {
    uint8_t random[PRODUCE_ID_BYTES];
    if (!producer || !turn->answered || !turn->model) return OK; /* nothing was generated */
    hearth_aigc *label = arena_alloc_n(arena, 1, sizeof *label);
    char *id = arena_alloc_n(arena, 2 * PRODUCE_ID_BYTES + 1, 1);
    char *name = arena_dup(arena, producer, strlen(producer));
    if (!label || !id || !name) return err_no_memory(err, "the label");
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) (void)snprintf(id + 2 * i, 3, "%02x", random[i]);
    *label = (hearth_aigc){.mark = turn_says(turn, SAY_GENERATED),
                           .label = "1", .content_producer = name, .produce_id = id,
                           .reserved_code1 = "", .content_propagator = "", .propagate_id = "",
                           .reserved_code2 = ""};
    out->aigc = label;
    return OK;
}
