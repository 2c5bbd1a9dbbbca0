/*
 * The risks that GB/T 45654-2025 (before: TC260-003) names in its appendix A, and which guard
 * looks for some of each. "Some": no guard here covers a kind whole, and a kind with 0 is not
 * looked for at all. A service that must meet the standard needs keyword lists and tests of its
 * own besides; this table says where Hearth stands, in one place.
 */
#include "gate/guard/guard.h"

#define OFFENSIVE (1u << GUARD_OFFENSIVE)
#define UNSAFE (1u << GUARD_UNSAFE)

static const GuardRisk risks[] = {
    {"A.1 a)", "inciting to subvert state power or the socialist system", 0},
    {"A.1 b)", "endangering national security and interests", 0},
    {"A.1 c)", "inciting separatism, undermining unity and stability", 0},
    {"A.1 d)", "promoting terrorism or extremism", UNSAFE},
    {"A.1 e)", "promoting ethnic hatred", OFFENSIVE | UNSAFE},
    {"A.1 f)", "promoting violence or obscenity", UNSAFE},
    {"A.1 g)", "spreading false and harmful information", 0},
    {"A.1 h)", "other content that laws forbid", UNSAFE},
    {"A.2 a)", "discrimination by ethnicity", OFFENSIVE | UNSAFE},
    {"A.2 b)", "discrimination by belief", UNSAFE},
    {"A.2 c)", "discrimination by nationality", OFFENSIVE | UNSAFE},
    {"A.2 d)", "discrimination by region", OFFENSIVE},
    {"A.2 e)", "discrimination by gender", OFFENSIVE | UNSAFE},
    {"A.2 f)", "discrimination by age", 0},
    {"A.2 g)", "discrimination by occupation", 0},
    {"A.2 h)", "discrimination by health", UNSAFE},
    {"A.2 i)", "other discrimination", OFFENSIVE},
    {"A.3 a)", "infringing intellectual property", 0},
    {"A.3 b)", "violating business ethics", 0},
    {"A.3 c)", "disclosing trade secrets", 0},
    {"A.3 d)", "monopoly and unfair competition", 0},
    {"A.3 e)", "other commercial violations", 0},
    {"A.4 a)", "harming others' physical or mental health", UNSAFE},
    {"A.4 b)", "infringing portrait rights", 0},
    {"A.4 c)", "infringing reputation", OFFENSIVE},
    {"A.4 d)", "infringing honour", 0},
    {"A.4 e)", "infringing privacy", 0},
    {"A.4 f)", "infringing personal information", 0},
    {"A.4 g)", "infringing other lawful rights", 0},
    {"A.5 a)", "inaccurate content, against common scientific knowledge", 0},
    {"A.5 b)", "unreliable content that does not help", 0},
};

_Static_assert(ARRAY_LEN(risks) == GUARD_RISKS, "the standard names 31 kinds");

const GuardRisk *guard_risks(void) {
    return risks;
}
