/*
 * The risks that GB/T 45654-2025 (before: TC260-003) names in its appendix A, and which guard
 * looks for some of each. "Some": no guard here covers a kind whole, and a kind with 0 is not
 * looked for at all. A service that must meet the standard needs keyword lists and tests of its
 * own besides; this table says where Hearth stands, in one place.
 *
 * The names are short English for the standard's Chinese. Classes, order and letters were compared
 * with six programs in public repositories that quote the appendix (five of TC260-003, one of
 * GB/T 45654-2025 for A.1 to A.4); they agree: 8 + 9 + 5 + 7 + 2. The standard's own text was not
 * at hand. A.5 speaks only of services with high demands on safety: control systems, medical
 * information, psychological advice, critical infrastructure.
 */
#include "gate/guard/guard.h"

#define OFFENSIVE (1u << GUARD_OFFENSIVE)
#define UNSAFE (1u << GUARD_UNSAFE)

static const GuardRisk risks[] = {
    {"A.1 a)", "inciting to subvert state power or to overthrow the socialist system", 0},
    {"A.1 b)", "endangering national security and interests, damaging the state's image", 0},
    {"A.1 c)", "inciting separatism, undermining national unity and social stability", 0},
    {"A.1 d)", "promoting terrorism or extremism", UNSAFE},
    {"A.1 e)", "promoting ethnic hatred", OFFENSIVE | UNSAFE},
    {"A.1 f)", "promoting violence, obscenity or pornography", UNSAFE},
    {"A.1 g)", "spreading false and harmful information", 0},
    {"A.1 h)", "other content that laws and regulations forbid", UNSAFE},
    {"A.2 a)", "discrimination by ethnic group", OFFENSIVE | UNSAFE},
    {"A.2 b)", "discrimination by belief", UNSAFE},
    {"A.2 c)", "discrimination by nationality", OFFENSIVE | UNSAFE},
    {"A.2 d)", "discrimination by region", OFFENSIVE},
    {"A.2 e)", "discrimination by gender", OFFENSIVE | UNSAFE},
    {"A.2 f)", "discrimination by age", 0},
    {"A.2 g)", "discrimination by occupation", 0},
    {"A.2 h)", "discrimination by health", UNSAFE},
    {"A.2 i)", "other discrimination", OFFENSIVE},
    {"A.3 a)", "infringing others' intellectual property", 0},
    {"A.3 b)", "violating business ethics", 0},
    {"A.3 c)", "disclosing others' trade secrets", 0},
    {"A.3 d)", "monopoly and unfair competition by algorithms, data or platforms", 0},
    {"A.3 e)", "other breaches of law in business", 0},
    {"A.4 a)", "harming others' physical or mental health", UNSAFE},
    {"A.4 b)", "infringing the right to one's likeness", 0},
    {"A.4 c)", "infringing the right to reputation", OFFENSIVE},
    {"A.4 d)", "infringing the right to honour", 0},
    {"A.4 e)", "infringing the right to privacy", 0},
    {"A.4 f)", "infringing rights in personal information", 0},
    {"A.4 g)", "infringing other lawful rights of others", 0},
    {"A.5 a)", "inaccurate: gravely against scientific or common knowledge", 0},
    {"A.5 b)", "unreliable: without grave errors, but of no help to its user", 0},
};

_Static_assert(ARRAY_LEN(risks) == GUARD_RISKS, "the standard names 31 kinds");

const GuardRisk *guard_risks(void) {
    return risks;
}
