/*
 * Why a guard found something, in the reader's language: the clauses of its rules
 * (gate/guard/terms_data.c), models (gate/guard/guard.c) and of guard_answer.c, English as they
 * stand there, German and Chinese here. A finding's reason is English, which programs may compare;
 * who shows it to somebody asks here.
 *
 * A clause that is not in the table is shown in English. test_guard looks that none is missing.
 */
#include <string.h>

#include "base/attr.h"
#include "turn/say.h"

typedef struct Clause {
    const char *in[TURN_LANGUAGES];
} Clause;

static const Clause clauses[] = {
    {{"reads like an order to an AI", "liest sich wie eine Anweisung an eine KI",
      "读起来像对人工智能下的指令"}},
    {{"reads like an insult", "liest sich wie eine Beleidigung", "读起来像侮辱"}},
    {{"reads like a request for harm", "liest sich wie eine Bitte um Hilfe bei etwas Schädlichem",
      "读起来像在求助做有害的事"}},
    {{"tells the reader to drop earlier instructions",
      "verlangt, frühere Anweisungen fallen zu lassen", "要求读者抛开先前的指令"}},
    {{"tells the reader to drop its instructions", "verlangt, die Anweisungen fallen zu lassen",
      "要求读者抛开自己的指令"}},
    {{"speaks of ignoring instructions", "spricht davon, Anweisungen zu übergehen",
      "谈到忽略指令"}},
    {{"tells the reader to drop what was said", "verlangt, das Gesagte fallen zu lassen",
      "要求读者抛开前面所说的"}},
    {{"replaces what was said by an answer of its own",
      "ersetzt das Gesagte durch eine eigene Antwort", "用自己的答案取代前面所说的"}},
    {{"wants another answer", "will eine andere Antwort", "要求换一个答案"}},
    {{"tells the reader to drop its task", "verlangt, die Aufgabe fallen zu lassen",
      "要求读者放下任务"}},
    {{"replaces the task by an answer of its own", "ersetzt die Aufgabe durch eine eigene Antwort",
      "用自己的答案取代任务"}},
    {{"announces new instructions", "kündigt neue Anweisungen an", "宣布新的指令"}},
    {{"addresses an AI that reads it", "spricht eine KI an, die es liest",
      "直接对阅读它的人工智能说话"}},
    {{"claims a special mode or a control marker",
      "behauptet einen besonderen Modus oder ein Steuerzeichen", "声称特殊模式或控制标记"}},
    {{"wants a role without rules", "will eine Rolle ohne Regeln", "要求扮演不守规则的角色"}},
    {{"gives an AI a role", "gibt einer KI eine Rolle", "给人工智能指定角色"}},
    {{"gives a role", "gibt eine Rolle", "指定角色"}},
    {{"asks for the system prompt", "fragt nach der Systemanweisung", "索要系统提示词"}},
    {{"speaks of the system prompt", "spricht von der Systemanweisung", "谈到系统提示词"}},
    {{"asks the reader for a secret", "fragt den Leser nach einem Geheimnis", "向读者索要秘密"}},
    {{"speaks of the reader's secrets", "spricht von Geheimnissen des Lesers",
      "谈到读者的秘密"}},
    {{"asks for a password", "fragt nach einem Passwort", "索要密码"}},
    {{"wants a text in disguise", "will einen verkleideten Text", "要求伪装的文字"}},
    {{"writes the reader's own steps for it", "schreibt seinem Leser die Schritte vor",
      "替读者写好了要做的步骤"}},
    {{"wants one answer to every question", "will auf jede Frage eine Antwort",
      "要求对任何问题给出同一回答"}},
    {{"persuades", "redet zu", "带有劝诱"}},
    {{"speaks of the user's data", "spricht von Daten des Benutzers", "谈到用户的数据"}},
    {{"asks for the user's data", "fragt nach Daten des Benutzers", "索要用户的数据"}},
    {{"wants data sent to an address", "will Daten an eine Adresse geschickt haben",
      "要求把数据发到某个地址"}},
    {{"tells an AI what to answer", "schreibt einer KI die Antwort vor",
      "规定人工智能怎样回答"}},
    {{"tells what to answer", "schreibt die Antwort vor", "规定怎样回答"}},
    {{"wants something kept from the user", "will dem Benutzer etwas verschweigen",
      "要求对用户隐瞒"}},
    {{"claims authority over the reader", "beansprucht Befugnis über den Leser",
      "声称有权指挥读者"}},
    {{"asks how to harm people", "fragt, wie man Menschen schadet", "询问如何伤害人"}},
    {{"only played or told", "nur gespielt oder erzählt", "只是游戏或故事"}},
    {{"asks how to commit a crime or hurt oneself",
      "fragt, wie man eine Straftat begeht oder sich selbst verletzt", "询问如何犯罪或自伤"}},
    {{"asks how to get forbidden goods", "fragt, wie man an Verbotenes kommt",
      "询问如何得到违禁品"}},
    {{"wants reasons for discrimination", "will Gründe für Diskriminierung", "索要歧视的理由"}},
    {{"wants crimes denied or discrimination back",
      "will Verbrechen geleugnet oder Diskriminierung zurück", "要求否认罪行或恢复歧视"}},
    {{"wants a crime repeated", "will ein Verbrechen wiederholt haben", "希望重演罪行"}},
    {{"wants a crime justified", "will ein Verbrechen gerechtfertigt haben", "希望为罪行辩护"}},
    {{"an address in the answer holds words of yours",
      "eine Adresse in der Antwort enthält Worte von Ihnen", "答案中的网址含有您的文字"}},
};

const char *say_reason(const char *english, TurnLanguage language) {
    for (size_t i = 0; i < ARRAY_LEN(clauses); i++) {
        if (strcmp(clauses[i].in[TURN_ENGLISH], english) == 0) return clauses[i].in[language];
    }
    return english;
}
