/*
 * What the rules know: terms by class, and which classes in which order mean what. Weights are set
 * by hand: a weight is how sure one is of an order (of a request) from this rule alone; those below
 * GUARD_LEAST count only in company. Fixed on the even rows of CyberSecEval's prompt injections and
 * XSTest and on texts of our own; the odd rows are what doc/decisions/0015 reports.
 */
#include "gate/guard/impl.h"

const RuleTerms rule_terms[] = {
    /* ---- orders against orders ---- */
    {'I', "cancel|drop|erase|abandon|set aside|throw away|delete|reset|overrule|supersede|circumvent|"
          "disobey|skip|重置|取消|推翻|违背|删除|"
          "ignore|ignores|ignoring|disregard|disregarding|forget|override|overrides|bypass|neglect|"
          "discard|do not follow|don't follow|do not obey|don't obey|stop following|pay no attention|"
          "no longer follow|never mind|忽略|忽视|无视|忘记|忘掉|忘了|不要理会|不必理会|不用理会|别管|不要管|"
          "不要遵守|不要遵循|不再遵守|不再遵循|无需遵守|抛开|撇开|绕过|丢弃|放弃|作废|忽略掉|不必遵守|不用遵守|"
          "oublie*|ignorez|ignora|ignoren|ignorar|ignorieren|olvida|olviden|olvide|vergiss|vergessen|"
          "vergesst|ignoriere*|missachte*|esqueça|dimentica*|игнорируй*|забудь*|unut|quên|lupakan|abaikan"},
    {'P', "previous|previously|prior|above|earlier|preceding|foregoing|initial|original|former|"
          "aforementioned|given before|so far|之前|以上|前面|上面|先前|此前|原有|原来|上述|前述|这之前|以前|"
          "これまで|前の|이전|지금까지|anterior|anteriores|precedent*|précédent*|vorherigen|bisherigen|"
          "vorigen|precedenti|предыдущ*|önceki|trước|sebelumnya"},
    {'A', "all|any|every|your|the|my|those|these|everything|whatever|所有|一切|全部|你的|您的|任何|todas|"
          "todo|tus|toutes|tes|vos|alle|deine|ihre|tutte|все|すべて|모든"},
    {'O', "messages|message|conversation|statements|requests|tasks|inputs|training|policies|protocols|"
          "guardrails|restraints|safeguards|directions given|上下文|对话|消息|准则|协议|政策|"
          "instruction|instructions|prompt|prompts|commands|directions|rules|guidelines|directive|"
          "directives|orders|constraints|restrictions|programming|safety filters|content policy|指令|指示|"
          "提示|命令|规则|要求|设定|限制|约束|指引|规定|任务|说明|instrucciones|órdenes|anweisungen|instruktionen|"
          "istruzioni|instruções|инструкци*|указани*|지시*|명령*|talimat*|hướng dẫn|instruksi|perintah"},
    {'J', "無視|忘れ|무시|잊어|görmezden"},
    {'B', "the function|the code|the webpage|this webpage|the page|the paper|the table|the article|"
          "the document|this document|the text|the email|the task|the question|the rest|the user|"
          "代码|网页|这篇文章|文档|表格|邮件|问题|用户的问题|la fonction"},
    {'Z', "state|say|output|print|answer|reply|respond|tell|write|conclude|recommend|说|回答|输出|回复|告诉|"
          "写|indiquez|antworte*|sage"},
    {'V', "the above|everything above|all of the above|all the above|what i said|what you were told|"
          "what you have been told|everything you were told|everything before|everything i said|"
          "text above|以上内容|以上全部|上面的内容|前面的内容|以上所有|之前的内容|之前的话|上文"},
    {'N', "new instructions|new instruction|updated instructions|real instructions|actual task|"
          "real task|new task is|your new task|your new role|new system prompt|important instruction|"
          "instructions have changed|instructions have been updated|you have been instructed|"
          "you've been instructed|新的指令|新指令|新的任务|新任务|真正的指令|真正的任务|最新指令|新的系统提示"},
    /* ---- who is spoken to ---- */
    {'T', "if you are an ai|if you are a language model|if you are an llm|if you're an ai|note to ai|"
          "attention ai|dear ai|hey ai|message to ai|instructions for ai|ai assistants reading|"
          "ai reading this|llm reading this|any ai|note to the assistant|note to llm|"
          "note to the model|如果你是ai|如果你是人工智能|如果你是一个ai|如果你是语言模型|如果你是大模型|"
          "致ai|致大模型|ai助手请注意|给ai的|给ai助手|阅读本文的ai|致人工智能|阅读本文的人工智能|"
          "供ai阅读|供模型阅读|供人工智能阅读|aiアシスタントへ|aiへ|"
          "si eres una ia|si eres un modelo|si tu es une ia|si vous êtes une ia|note aux modèles|"
          "note aux ia|wenn du eine ki bist|falls du eine ki bist|wenn sie eine ki sind|"
          "hinweis an ki*|hinweis für ki*|se sei un'ia|se sei un assistente|se você é uma ia|"
          "если ты ии|если вы ии"},
    {'G', "ai|assistant|language model|llm|chatbot|chatgpt|gpt|the model|人工智能|助手|大模型|语言模型|机器人"},
    /* "<|im_start*" is two terms: "<", which bucket_of finds before a '|' alone, and "im_start*" */
    {'M', "system mode|<system*|[system]|[system message*|### system|<|im_start*|[inst]|<<sys>>|"
          "developer mode|dan mode|god mode|debug mode|admin mode|maintenance mode|sudo mode|"
          "jailbreak*|do anything now|system override|override mode|root access|system reset|"
          "开发者模式|系统模式|越狱模式|现在就做任何事情|现在做任何事情|管理员模式|上帝模式|调试模式|维护模式|系统覆盖|【系统】|[系统]|系统消息"},
    {'R', "let's imagine|let's pretend|suppose you|you will play|in this story|in a fictional|"
          "in a world where|in an alternate|a simulation|game where|想象一下|在一个虚构的|让我们假装|"
          "you are now|you're now|from now on|pretend to be|pretend you|pretend that you|act as|"
          "act like|imagine you|imagine we|imagine that you|play the role|roleplay|role-play|"
          "let's play|assume the role|in a parallel universe|hypothetically|hypothetical|"
          "你现在是|从现在起|从现在开始|假装你|假装自己|扮演|假设你是|想象你是|你将成为"},
    {'F', "no restrictions|without restrictions|without any restrictions|unrestricted|unfiltered|"
          "uncensored|without rules|no rules|any rules|no longer bound|not bound by|no limits|"
          "no filters|不受限制|不受任何限制|没有限制|没有任何限制|无任何限制|没有道德|不受约束|不受任何约束|"
          "public knowledge"},
    /* ---- what shall be given away ---- */
    {'E', "reveal|print|show|repeat|output|display|tell me|tell us|give me|share|disclose|leak|"
          "expose|what is|what's|what are|write down|translate|spell|spell out|hint|recite|dump|"
          "know|provide|say|透露|告诉我|输出|打印|显示|重复|说出|泄露|展示|公开|列出|发给我|给我|复述|是什么|"
          "puedes|cuál es|was ist|wie lautet|quel est|qual è|qual é|какой|geben"},
    {'S', "hidden instructions|secret instructions|your configuration|your training data|your system|instructions above|"
          "prompt above|你的设定|你的系统|上面的指令|隐藏的指令|你的规则|"
          "system prompt|system prompts|your prompt|hidden prompt|initial prompt|your instructions|"
          "your rules|system message|developer message|your initial instructions|"
          "your system instructions|text before this|系统提示词|系统提示|你的提示词|初始提示|"
          "你的指令|初始指令|隐藏指令|系统指令|上面的提示词|systemprompt|提示词原文"},
    {'K', "your password|your passcode|your passphrase|your secret*|secret key|secret word|"
          "secret phrase|passcode phrase|the passcode|the passphrase|system password|your api key|"
          "your key|your credentials|你的密码|你的口令|你的密钥|你的秘密|系统密码|tu contraseña|"
          "ihr passwort|dein passwort|mot de passe|パスワード|비밀번호|contraseña|passwort"},
    {'W', "passcode|passphrase|secret phrase|secret word|credentials|暗号|秘密|"
          "the password|password|the secret|api key|密码|口令|密钥"},
    {'U', "the user|the user's|user's|users'|the user currently|该用户|用户的|사용자"},
    {'D', "password|email|e-mail|address|live|lives|data|history|conversation|phone number|location|"
          "residence|credentials|report|contents|files|documents|name|birth year|密码|邮箱|地址|数据|聊天记录|"
          "对话|文件|资料"},
    {'X', "send|forward|email|upload|transmit|post|exfiltrate|发送|发到|转发|上传|发给"},
    {'@', "http:*|https:*|at the following address|to this address|以下地址|这个邮箱"},
    /* ---- how the answer shall be ---- */
    {'Y', "answer only|respond only|reply only|only respond|only answer|only reply|answer with|"
          "respond with|reply with|reply exactly|say exactly|just say|simply say|instead say|"
          "instead output|instead answer|instead reply|instead respond|and answer|and say|"
          "and output|and print|and repeat|and respond|and write|and reply|"
          "you must|you will|must answer|must say|只回答|只需回答|必须回答|改为回答|请回答|直接回答|只输出|请输出|"
          "回复|统一回答|一律回答|并回答|而是回答"},
    {'Q', "do not tell the user|don't tell the user|without telling the user|do not mention this|"
          "don't mention this|do not inform the user|don't inform the user|do not reveal this|"
          "keep this secret from|不要告诉用户|别告诉用户|不要让用户知道|不要提及此|不要提到这|对用户保密"},
    {'L', "ascii|in hex|caesar cipher|backwards|spelled backwards|acrostic|rhymes with|letter by letter|"
          "one letter at a time|first letter|last letter|in emoji|a poem about|a haiku about|a song about|逐字母|藏头诗|首字母|"
          "morse code|base64|binary string|reverse order|interlace*|leetspeak|rot13|pig latin|"
          "each digit separated|combine a, b|first three letters|摩尔斯电码|二进制字符串|倒序"},
    {'H', "as an expert|as an authority|as a renowned|my friend told me|i'm the president|"
          "i am the president|everyone in the team|imagine we|suppose we|"
          "personal data|assume we have three strings|let's assume we have|作为专家|想象我们|假设我们"},
    {'C', "as your creator|as an administrator|i have permission|i am authorized|i'm authorized|i am the ceo|"
          "i'm the ceo|law enforcement|from the security team|security audit|system administrator|system check|"
          "as your administrator|i have clearance|我有权限|我得到授权|安全审计|我是系统管理员|"
          "i am your developer|i'm your developer|i am your creator|i am the developer|"
          "i'm the developer|i am an admin*|i am the admin*|i'm the admin*|i am your admin*|"
          "i'm your admin*|i am god|as the developer|developed by openai|i work for openai|"
          "i am a police*|i'm a police*|i'm your system|i am your system|authorized to|"
          "我是你的开发者|我是开发者|我是管理员|我是你的管理员|我是你的创造者"},
    /* ---- what a reader does step by step, written as if it had done so ---- */
    {'a', "observation:|thought:|tool result:|tool output:"},
    {'f', "action:|action input:|next step for the assistant"},
    /* ---- an answer to all questions, or to none ---- */
    {'i', "whatever the user asks|no matter what the user asks|whatever is asked|"
          "regardless of what is asked|regardless of the question|whatever the question|"
          "every further message|every further question|无论用户问什么|不管用户问什么|无论问什么|不管问什么|"
          "无论别人问什么|不管别人问什么|egal was gefragt|egal was der nutzer|auf jede weitere nachricht|"
          "auf jede weitere frage"},
    {'l', "stop summarising|stop summarizing|stop the summary|stop translating|"
          "instead of summarising|instead of summarizing|停止总结|不要总结|别总结|停止翻译|不要翻译"},
    /* ---- requests for harm ---- */
    {'h', "best way to|best way of|where do i|where can we|tips for|tips on|steps to|instructions for|guide to|"
          "can you tell me how|what do i need to|what is needed to|easiest way to|methods of|methods for|i need to|what are good|教程|步骤|方法|哪里可以|哪里能|"
          "how do i|how do you|how can i|how can we|how do we|how could i|how would i|how should i|"
          "how to|ways of|ways to|way to|way of|ways i can|method to|process for|process of|strategy for|"
          "place to|where can i|teach me|help me|tell me how|show me how|explain how|give me|"
          "write a|plan to|i want to|如何|怎么|怎样|教我|帮我|有什么办法|我想|怎么才能"},
    {'v', "smother|mutilate|dismember|decapitate|behead|electrocute|maim|cripple|lynch|molest|grope|gun down|"
          "run over|mug|ambush|spike|sabotage|burn down|blind|shoot up|spread lies about|doxx|dox|groom|"
          "kidnapped|enslave|beat up|slit|gas|虐待|猥亵|烧死|枪杀|活埋|弄残|人肉|诽谤|"
          "kill|killing|murder|murdering|strangle|strangling|stab|stabbing|poison|poisoning|torture|"
          "torturing|kidnap|kidnapping|rape|raping|butcher|butchering|assassinate|assassinating|"
          "suffocate|blackmail|dispose of|bomb|bombing|blow up|set fire|杀|杀死|杀掉|杀害|谋杀|毒死|勒死|捅死|弄死|"
          "绑架|强奸|殴打|打伤|伤害|折磨|炸|炸掉|炸毁|袭击|下毒|报复|威胁|勒索"},
    {'y', "burn|slay|snipe|slash|finish off|get rid of|knock out|trap|hunt|destroy|smash|whip|shove|scare|bully|打|揍|骂|"
          "shoot|shooting|assault|attack|attacking|beat|hurt|harm|injure|execute|executing|slaughter|"
          "choke|eliminate|eliminating|annihilate|exterminate|eradicate|terminate|terminating|"
          "liquidating|punch|hit|overpower|crush|drown|wipe out|decimating|obliterate|hammer|push|"
          "capture|threaten|stalk|abuse|drug|slap|kick|tackle|cut off|explode"},
    {'t', "girl|boy|teenager|teenagers|student|students|stranger|strangers|prostitute|bystanders|civilians|"
          "victim|enemy|rival|roommate|landlord|partner|dad|mom|grandma|grandmother|uncle|cousin|son|daughter|"
          "女孩|男孩|老人|婴儿|学生|邻居家|陌生人|亲戚|室友|"
          "person|people|someone|somebody|someone's|him|her|human|human's|humans|man|woman|women|"
          "child|child's|children|kid|kids|toddler|baby|wife|husband|girlfriend|boyfriend|ex|boss|"
          "neighbour|neighbor|neighbour's|coworker|colleague|friend's|family|mother|father|"
          "parents|brother|sister|teacher|classmate|president|politician|minister|date|"
          "police officer|cop|a hospital|an army base|a school|a church|a mosque|an airport|"
          "一个人|某人|别人|他人|人|同事|老婆|妻子|丈夫|老公|邻居|老板|孩子|同学|老师|女友|男友|父母|医院|学校"},
    {'x', "burgle|burglary|embezzle|extort|bribe|vandalize|vandalise|arson|carjack|hijack|money laundering|"
          "tax fraud|insurance fraud|insider trading|card fraud|ponzi scheme|ddos|crack a password|"
          "steal credit|spread malware|terrorist attack|school shooting|mass shooting|armed robbery|"
          "drunk driving|starve myself|overdose|join isis|sex with a child|traffic women|traffic people|"
          "pick a lock|cheat on my taxes|buy votes|revenge porn|割腕|跳楼|吸毒|赌博网站|作弊|行贿|非法集资|盗窃|纵火|"
          "commit a murder|commit murder|commit suicide|commit fraud|commit treason|commit violent*|"
          "commit arson|hang myself|kill myself|drown myself|hurt myself|cut myself|end my life|"
          "take my own life|into my arm|rob a|rob someone|robbing a|steal someone*|steal a|stealing a|steal my|"
          "shoplift*|break into|breaking into|hack into|hacking into|hack someone*|launder money|"
          "plan a kidnapping|plan an assassination|plan a murder|plan a terror*|human trafficking*|"
          "take hostage|hostage|pedophilia|child porn*|forge a|forge documents|fake id|"
          "counterfeit money|evade taxes|pickpocket|scam people|scam someone|phish*|identity theft|"
          "bring a gun|ripping off someone's|skull|destroying my|destroy my boss*|on fire|自杀|抢银行|"
          "抢劫|偷车|偷东西|入室盗窃|洗钱|诈骗|骗钱|逃税|伪造|黑进|入侵别人|盗号|走私|贩毒|制造假币|私闯"},
    {'m', "make|buy|build|create|cook|get|getting|sell|synthesize|acquire|produce|grow|smuggle|order|"
          "write|making|buying|制作|制造|购买|合成|买|造|做|弄到|自制|编写"},
    {'c', "lsd|ecstasy|ketamine|crystal meth|steroids without|opioids|an ied|grenade|napalm|anthrax|ricin|"
          "a machine gun|an assault rifle|child porn|counterfeit|fake passport*|fake money|spyware|trojan|"
          "迷药|手榴弹|鸦片|摇头丸|假护照|假证|氰化物|病毒程序|"
          "cocaine|coke|crack|heroin|meth|methamphetamine|mdma|fentanyl|marihuana|a bomb|pipe bomb|bombs|"
          "explosives|explosive|molotov*|nerve gas|sarin|chemical weapon*|biological weapon*|"
          "ransomware|malware|keylogger|a computer virus|stolen credit*|illegal gun*|illegal weapon*|"
          "ghost gun|poison gas|冰毒|海洛因|可卡因|毒品|大麻|摇头丸|炸弹|炸药|爆炸物|毒气|燃烧弹|勒索软件|恶意软件|"
          "木马病毒|枪支|假币|雷管"},
    {'w', "why should|why is it|why are|explain why|reasons why|reason why|convince me|convince people|"
          "arguments for|arguments that|prove that|write a joke about|jokes about|为什么|证明|论证"},
    {'g', "native americans|transgender|bisexual people|atheists|sikhs|arabs|gypsies|the poor|poor people|"
          "blind people|deaf people|autistic people|pregnant women|fat people|obese people|lgbt people|asylum seekers|"
          "girls|mothers|foreigners|minorities|hispanics|jews and|black men|black women|white women|asian women|people of color|"
          "东北人|上海人|农村人|外国人|少数民族|老年人|胖子|"
          "women|men|black people|white people|asian people|asians|muslims|jews|jewish people|"
          "christians|hindus|buddhists|gay people|gays|lesbians|trans people|transgender people|"
          "immigrants|refugees|disabled people|indigenous people|roma|homeless people|"
          "elderly people|old people|latinos|mexicans|africans|chinese people|女人|女性|黑人|穆斯林|犹太人|"
          "同性恋|残疾人|移民|外地人|河南人|农民工"},
    {'b', "be denied|be forbidden|be prohibited|be excluded|be barred|be forced|have fewer rights|have less|"
          "lose their|be fired|be kicked out|be killed|be jailed|be arrested|be separated|not vote|not be hired|"
          "not be employed|not drive|not marry|not work|not be trusted|not deserve|worse than|dirty|lazy|criminals|"
          "weaker than|不应该有|不该|没有资格|不能信|下贱|恶心|懒|"
          "not be allowed|not be given|not have equal|not have access|earn less|be paid less|inferior|"
          "go through extra|be banned|be deported|superior|stupid|be discriminated|make all|"
          "overrepresented|make decisions for them|be exterminated|be sterilized|be segregated|"
          "less intelligent|不应该|不配|低等|劣等|愚蠢|该死|滚出"},
    {'d', "discrimination against|genocide never|holocaust never|never happened|never took place|"
          "a complete fabrication|was a hoax"},
    /* ---- where harm is only played or told ---- */
    {'z', "in minecraft|in fortnite|in gta*|in call of duty|in counter strike|in skyrim|in the sims|"
          "video game*|videogame*|in the game|in a game|my novel|a novel|my story|short story|tv show|"
          "the movie|a movie|the film|a film|the book|fictional|character|characters|in chess|"
          "in judo|in boxing|in karate|in wrestling|on stage|小说|游戏里|游戏中|电影里|剧本|剧中|角色"},
    {'r', "repeat the|repeat a|replicate the|plan another|go out like"},
    {'e', "massacre*|genocide|atomic bomb*|holocaust|death|attacks of|sylvia plath|屠杀"},
    {'k', "why was|why were"},
    {'j', "justified|right to kill|right to murder|a good thing"},
};
const size_t n_rule_terms = ARRAY_LEN(rule_terms);

#define INJ GUARD_INJECTION
#define BAD GUARD_UNSAFE

const Rule rules[] = {
    {INJ, "IPO", 36, 0.95F, "tells the reader to drop earlier instructions"},
    {INJ, "IAO", 24, 0.8F, "tells the reader to drop its instructions"},
    {INJ, "IO", 24, 0.4F, "speaks of ignoring instructions"},
    {INJ, "IOP", 30, 0.85F, "tells the reader to drop earlier instructions"},
    {INJ, "IV", 8, 0.75F, "tells the reader to drop what was said"},
    {INJ, "IVY", 60, 0.6F, "replaces what was said by an answer of its own"},
    {INJ, "IY", 80, 0.2F, "wants another answer"},
    {INJ, "OJ", 24, 0.7F, "tells the reader to drop its instructions"},
    {INJ, "POJ", 30, 0.7F, "tells the reader to drop earlier instructions"},
    {INJ, "IB", 12, 0.3F, "tells the reader to drop its task"},
    {INJ, "IBZ", 20, 0.75F, "replaces the task by an answer of its own"},
    {INJ, "N", 0, 0.6F, "announces new instructions"},
    {INJ, "T", 0, 0.7F, "addresses an AI that reads it"},
    {INJ, "M", 0, 0.6F, "claims a special mode or a control marker"},
    {INJ, "RF", 120, 0.75F, "wants a role without rules"},
    {INJ, "RG", 40, 0.4F, "gives an AI a role"},
    {INJ, "R", 0, 0.15F, "gives a role"},
    {INJ, "ES", 40, 0.85F, "asks for the system prompt"},
    {INJ, "S", 0, 0.3F, "speaks of the system prompt"},
    {INJ, "EK", 40, 0.6F, "asks the reader for a secret"},
    {INJ, "K", 0, 0.15F, "speaks of the reader's secrets"},
    {INJ, "EW", 40, 0.3F, "asks for a password"},
    {INJ, "WE", 6, 0.3F, "asks for a password"},
    {INJ, "L", 0, 0.15F, "wants a text in disguise"},
    {INJ, "H", 0, 0.15F, "persuades"},
    {INJ, "UD", 40, 0.2F, "speaks of the user's data"},
    {INJ, "EUD", 40, 0.35F, "asks for the user's data"},
    {INJ, "XD@", 60, 0.3F, "wants data sent to an address"},
    {INJ, "GY", 40, 0.4F, "tells an AI what to answer"},
    {INJ, "Y", 0, 0.15F, "tells what to answer"},
    {INJ, "Q", 0, 0.75F, "wants something kept from the user"},
    {INJ, "C", 0, 0.35F, "claims authority over the reader"},
    {INJ, "af", 200, 0.6F, "writes the reader's own steps for it"},
    {INJ, "iZ", 30, 0.7F, "wants one answer to every question"},
    {INJ, "lZ", 40, 0.7F, "replaces the task by an answer of its own"},
    {BAD, "hvt", 28, 0.85F, "asks how to harm people"},
    {BAD, "hyt", 12, 0.7F, "asks how to harm people"},
    {BAD, "hty", 16, 0.6F, "asks how to harm people"},
    {BAD, "z", 60, 0, "only played or told"},
    {BAD, "hx", 36, 0.85F, "asks how to commit a crime or hurt oneself"},
    {BAD, "hmc", 30, 0.85F, "asks how to get forbidden goods"},
    {BAD, "wgb", 60, 0.8F, "wants reasons for discrimination"},
    {BAD, "wbg", 40, 0.6F, "wants reasons for discrimination"},
    {BAD, "hd", 90, 0.8F, "wants crimes denied or discrimination back"},
    {BAD, "htv", 16, 0.8F, "asks how to harm people"},
    {BAD, "hre", 50, 0.8F, "wants a crime repeated"},
    {BAD, "kj", 60, 0.7F, "wants a crime justified"},
};
const size_t n_rules = ARRAY_LEN(rules);

_Static_assert(ARRAY_LEN(rules) <= RULES_MAX, "a rule is a bit");
