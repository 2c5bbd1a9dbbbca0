"""English sentences of our own making for the tagger; tagger_zh.py says how rules work.

{P} full name, {FN} first name, {LN} last name, {A} address, {O} organisation, {L} place, {D} date of birth, {H} {DR} {PR} health,
{F} finance, {X} other.
"""

HEALTH = '''diabetes|type 2 diabetes|high blood pressure|hypertension|asthma|arthritis|rheumatoid arthritis|depression|anxiety|bipolar disorder|schizophrenia|
autism|ADHD|epilepsy|migraine|Parkinson's disease|Alzheimer's disease|dementia|multiple sclerosis|stroke|heart failure|coronary artery disease|heart attack|atrial fibrillation|
pneumonia|tuberculosis|bronchitis|COPD|lung cancer|breast cancer|prostate cancer|colon cancer|leukemia|lymphoma|melanoma|a brain tumor|anemia|hepatitis B|hepatitis C|cirrhosis|
kidney stones|kidney failure|gout|osteoporosis|a herniated disc|scoliosis|psoriasis|eczema|lupus|celiac disease|Crohn's disease|ulcerative colitis|IBS|gastritis|a stomach ulcer|
HIV|HIV positive|AIDS|syphilis|gonorrhea|chlamydia|herpes|endometriosis|PCOS|infertility|a miscarriage|postpartum depression|anorexia|bulimia|alcoholism|opioid addiction|PTSD|OCD|
insomnia|sleep apnea|glaucoma|cataracts|hypothyroidism|hyperthyroidism|COVID-19|influenza|mononucleosis|shingles|a peanut allergy'''.replace('\n', '').split('|')
DRUGS = '''amoxicillin|ibuprofen|aspirin|metformin|insulin|lisinopril|amlodipine|atorvastatin|simvastatin|metoprolol|losartan|omeprazole|levothyroxine|albuterol|prednisone|
gabapentin|sertraline|fluoxetine|escitalopram|citalopram|bupropion|trazodone|alprazolam|lorazepam|clonazepam|diazepam|lithium|quetiapine|olanzapine|risperidone|adderall|ritalin|
oxycodone|hydrocodone|tramadol|morphine|methadone|warfarin|clopidogrel|azithromycin|ciprofloxacin|doxycycline|hydrochlorothiazide|furosemide|tamoxifen|methotrexate|Prozac|Zoloft|Xanax|Lipitor|Viagra'''.replace('\n', '').split('|')
PROCEDURES = 'heart surgery|bypass surgery|a hip replacement|a knee replacement|chemotherapy|radiation therapy|dialysis|a kidney transplant|a mastectomy|a hysterectomy|an abortion|a C-section|IVF treatment|an appendectomy|a colonoscopy|a vasectomy|electroshock therapy|rehab|psychotherapy|an MRI scan'.split('|')
OTHER = '''Christian|Catholic|Muslim|Jewish|Buddhist|Hindu|Sikh|atheist|Mormon|Protestant|Baptist|Methodist|Jehovah's Witness|Democrat|Republican|socialist|communist party member|union member|gay|lesbian|bisexual|
transgender|LGBTQ|queer|Hispanic|African American|Native American|convicted of fraud|convicted of assault|sentenced to 5 years|sentenced to two years in prison|felony record|criminal record|arrested for shoplifting|on parole|
on probation|a DUI|fingerprint|fingerprint scan|fingerprints|facial recognition|face scan|iris scan|retina scan|voiceprint|DNA sample|DNA test'''.replace('\n', '').split('|')
ORG_END = 'Inc|Inc.|LLC|Ltd|Ltd.|Corp|Corporation|Group|Holdings|& Co|& Sons|Partners|Bank|Systems|Technologies|Solutions|Industries|Labs|Media|Consulting|Insurance|Airlines|Pharmaceuticals|Energy|Foods|Motors|GmbH|AG|S.A.|PLC|University|College|Hospital|Medical Center|Clinic|High School|Institute|Foundation|Society|Council|Agency|Church|Museum|Times|Post|Department of Health|Police Department|City Council|Association'.split('|')
BRANDS = 'Google|Microsoft|Apple|Amazon|Facebook|IBM|Intel|Oracle|Samsung|Sony|Toyota|Ford|Boeing|Walmart|Target|Starbucks|Netflix|Uber|Airbnb|Tesla|Pfizer|HSBC|Barclays|Siemens|Nestle|Shell|NASA|FBI|UNICEF|BBC|CNN|Reuters|Harvard|Stanford|MIT|Oxford|the Red Cross|the United Nations|Interpol|the Senate|Congress|the White House'.split('|')
STREETS = 'Street|St|St.|Avenue|Ave|Road|Rd|Lane|Drive|Dr|Boulevard|Blvd|Court|Place|Way|Terrace|Square|Highway|Crescent|Close|Parkway|Strasse|weg|Gasse'.split('|')
ROUTES = 'Rua|Via|Calle|Rue|Avenida|Rue de|Via delle|Rua da|Av.|ul.|Plaza|Piazza|Avenue de|Camino'.split('|')
STREET_ENDS = 'straße|straße|strasse|str.|gasse|weg|allee|platz|straat|laan|gracht|gatan|vägen|gate|vej'.split('|')
STREET_HEADS = 'Haupt|Bahnhof|Schul|Garten|Kirch|Dorf|Tor|Berg|Linden|Goethe|Schiller|Mozart|Wald|Ring|Markt|Post|Kerk|Molen|Stations|Dorps|Prinsen|Stor|Kungs|Drottning|Linné'.split('|')
ROUTE_NAMES = 'de la Paix|du Bac|de Rivoli|Victor Hugo|de la République|Mayor|Real|de Alcalá|Gran|Roma|Garibaldi|Dante|del Corso|da Liberdade|Nova|Kościuszki|Długa|des Fleurs|du Moulin|San Juan'.split('|')

# Words of every day, so that a word with a capital is not taken for a name because nobody has seen it.
WORDS = '''account accounts acoustic action actor afraid afternoon aged album almost alone already although always amazing ambient anger animal annoying answer
anyway apartment app apple arm army arrived arriving artist asleep atm audience autumn awake award away awesome awful baby backpack bacon bad ballad
banana band baroque basement bass battle beach beans bear beard beat beautiful bedroom beer begging bell belt bike bill billing bird birthday bitter
blanket block blood blues boat bomb booking boots boring born bottle bowl boy brain branch brave bread breakfast breath brick bridge bright brilliant
broken brown brush bucket butter button cabin cake camera camp cancelled candle captain card cards carpet castle catchy cats cave ceiling chair
charged cheap cheese chef cheque cherry chess chest chicken children chocolate chorus church cigarette circle citizen claim clever climb clock cloud
clown clumsy coast coat coffee cold comedy concert cookies cool corner cotton couch courier cousin cowboy cows crafted crazy creativity credit creepy
cried crowd crown cry cup customer cute dad damn dance dancer dangerous dark darling daughter dawn days deaf dear debit debut decade deep delicious
delivery departed deposit depressing desert desk devil diary dinner dirty divorce dog doll donkey double doubt dozen dragon drama drawn dreadful dress
drink driver drum drums drunk dry duck dull dust duty eagle ear early earth easter edge egg eight electric elephant eleven email empty enemy engine
enjoy entire envelope epic evil excellent excited expire expired expires eyes fabulous fairy faith famous fancy fantastic farmer fashion fast fat
favorite feather fee fees feet feline fence fever fiction fifteen fifty film fireplace fish fishing fit flag flame flat flavor flesh flight flowers
flute fog folk fool forest forever forget forgot forty fox freedom fresh friday friendly frog frozen fruit funk funny garage garden gate gentle ghost
giant gift girl girls glad glass gloves goat gold golden goodbye gorgeous gospel grab grandfather grandmother grass grave gray great grew grey groove
guest guilty guitar guy guys hall hammer handsome happily happy harmony harp hat hate haunted heaven heavy hell hello helmet helpdesk hero hidden
hilarious hill hip holiday holy honest honey hook hooks horrible horror horse hotel hours hungry hunter hunting hurt husband ice idiot impulsive
incredible injured inner innocent insane insect insurance interest interstellar invoice iron island jacket jail jazz jealous jewel joke journey
journeys joy juice jump jungle keyboard kick kid kids king kiss kitchen knee knife knight knock ladder lady lake lamb lamp landline laugh laughing
lawn lazy leather lemon lesson liar licence license limit lion lips listener lived lively lives loan lock login lonely lost loud lousy love lovely
lover loves lucky lunch lyrics mad magic magnificent mandolin marriage married masterpiece mature meal melody memories mercy merry mess midnight
mighty milk minutes mirror miserable mistake mixed mobile mom monday monkey monster months moon mortgage mother mountain mouse mouth moved moving mud
muscle mushroom musical nail naked nasty nationality necklace neighbor nerves nest nickname nightmare nine noisy nonsense noodles nose novel novels
numb nurse nuts oak ocean odd offline oil okay old onion online opera orange orchestra oven owl pain painful paint painting palace pale pants parade
parcel passport password pathetic peaceful pearl pepper perfectly phone piano pie pig pillow pilot pin pink pirate pizza plane planet plant plate
playful pleasant plot pocket poem poet poetry poison policy polite pond pool poor pop porch potato powerful prayer precious pregnant premium pretty
priest prince princess prison producer proud psychedelic pumpkin punch punk puppy purple queen quick quiet quit rabbit race radio rage rain rainbow
rap rare rat raw record refund reggae religious remix rent reservation resident restaurant rhymes rhythm rice rich ridiculous riff ring river robot
rock romance romantic roof rope rose rotten rough rude rug sad sadly salad salt sand sang satanic saturday sauce scared scary school score scream
screen screw sea secret seven sexy shadow shame shark sharp sheep shelf shelter shipping shirt shocked shoes shout shouted shy sick silence silent
silly silver sing singer single sister six sixty skin sky sleep sleepy slept slow smart smell smile smoke smooth sms snake snow soap soccer socks soft
soldier solo song songs soul sound soundtrack soup sour spider spirit spoon spring squad stage stairs star stars statement stereo stick stolen stomach
stone storm strange stranger strawberry strings strong stubborn stuck stupid style sugar suit summer sun sunday sunny sunset superb supper support
surprised sweat sweater sweet sword sympathetic synth tale talented tall tape taste taxi tea tears teeth ten terrible terrific thank thanks thief thin
thirsty thirteen thirty thousand three throat thunder thursday ticket tie tiger tiny tired toast tomato tomorrow tongue tonight tooth tower toy
tragedy tragic train transaction trash traveling travelling tree tribe tribute trick trip trouble trumpet trunk truth tuesday tune tunes turkey twelve
twenty twice twin twins ugly umbrella unbelievable unblock unbridled uncle underground underwear unhappy universe upset vampire vegetables verse
verses vicious victim villain vinyl violin visa visit visiting vocals voice wagon waist waiter wallet war warm warning watch waves weak weapon weather
website wedding wednesday weed weeks weird wet whale whisper whistle wicked wife wild wine wing wings winner winter witch withdraw wolf wonderful wood
wooden wool worried worst wounded wrapped wrong yard year years yellow yesterday zebra zombie zone
above absent absolute accepted accepts accumulators accuracy achievements activation activations active acts adapters additions addressing adds
adventure after afterwards against agenda agents agreed airport alarms aligned alignment alike allocated allocates allocation allows alpha among
amount anchor anchors anew animation annex annual another answerable answered answers anthropic anywhere apart apologies appended appendix appends
arena arithmetic arrays article ascending asked asking asks asserts atomic attacks attempt attention attested attributes audit auto automatic
automaton average awarded backslash backup backups baking balance bare barriers bars baseline basic batch batches bathroom battery beats because
becomes before beforehand began beginning begins begun behind belong below bench beneath benign beside besides best better between beyond bias biases
big bigram bigrams bind binding bins blank blanks blocks board bookworm border borrowed borrows both bounded bounds brace brackets breaker breakers
breaks brings brought buckets budgets buffer builder building builds bullets busy byte calendar callback callbacks caller calling came canaries canary
cancel candidates cap capitalised capitals carries cascade catalogue caught ceilings cells certainly certainty chain changed changes chapter charset
chat cheaper checkpoint checkpoints checks checksums cheers choices chooses chunk chunks cinema cipher citation citations cite cited clang class
classes clause clean cleaned cleaning clients closed closes closing clouds cmake cols column combining come commands commas comment comments commit
committed committee compaction compared compares compile compiled compiler complaint completions compound computes conclusion conditional cone
conference confidential config configuration conform conformance congratulations connect connection connections consent consents consistent constant
constants constrained construction consult contexts contextual contiguous continued contract conversation conversations cooking copied copies cores
corpora cosine cosines costs council counted counter counting counts course courses coverage covered covers crash credentials curl curve cuts daily
damage damaged dashes dead deadline deadlines decided decides decode decoded decoder decodes decoding deeper defines delete deleted deletes deliver
delivered demands dense department depend depends dequantised description descriptions descriptor despite destination destinations detection detector
deterministic development device devices dicts did differ differently differs digest digests dimension dimensions dims dining directly directories
disguise disjoint disk distance distances divisible document docx done dots dotted doubles doubling download draft drafts draws drinking driving due
during each earlier east eating edges education egress either elapsed elsewhere embed embedded embedder embedding embeddings emphasis employment
encoder encoders encrypted ended ending endpoint endpoints ends energetic enforced engineering engines entertainment entries entry equals err error
errors escape escaped escapes essay estimate estimated evaluated even evening event events every everywhere exam exams except exchange exec exhibit
exit experience explains exponent exponential expression expressions extent external extract extraction extractor extremely facts fail failed fails
failure fall fallback falls false families farm faster fastest faults feature feed fetched few fewer fifth fifths figure figures filings filled fills
filter filters finance finding finds fine fingerprint finished finite firing firms fits fixes flags flash flips flying fold folded folder folders
folding folds font forbidden forced forgets forgotten fork forms found freed frees functions furthermore fuse fused fuzz gain gains gaps gathers gave
gelu generators gets ggml gguf gigabyte gives goals goes gone good grade grades gradient gram grammar grams graph greatest greedy greetings grouped
growing grows guard guards guessed guesses guessing gzip had halves handed hands hang hangs happened happens harmless hashed hashes hashing headers
heading headings headquarters heads heap hearth held helped helps hence hereby hide high hint hits hobbies hobby holds hole holes homework host
hostile house however hyphens identifiers idle immutable import important indeed independent indexed indexing inference ingest inject injected inline
innermost inode input inputs inside installed instant instructions intent interests interleave interleaved interrupted introduction inverted invisible
isolation issuer issues item items jamo joined joins judge judged just kana keeping keeps kept kernel kernels keyed keyword kill killed kills kinds
knows label labelled labels labor lacks landlord lanes languages large larger largest late lately latency latest layer layers lazily leads leaf leak
leaks lean leans learned learning learns lease leaves leaving ledger left legal lengths lets lexer lexical lexicon libraries library lie lies
likeliest likewise limits linear linked links listening listing little living load loaded loads locked locks logarithm logistic logit logits logprobs
long longer longest looked looking looks lookup loop loops loses low lowered lowest machines macro macros made maker makes making malformed management
manifest manual many mapped maps margin markdown marked market marketing mask masked masking masks match matched matcher matchers matches matters
maybe mbox meant meanwhile measured measurements measures measuring median meeting meetings meets merge merged merges merging meson messages metadata
micro microseconds millisecond milliseconds missed misses missing mistakes moments monotonic monthly moreover morning most mostly mounts moves much
multiples multiplies museum mutation mutex mystery namespace namespaces narrow nearer nearest nearness negative neighbour neighbouring neighbours
neither neon nested nesting never nevertheless new newer newest newline newlines news nibble night nobody node noise noon norm normalisation
normalised norms north note noted notes notice nowhere null numbered numeral numerals numeric objective occurs odds offensive office offices offset
offsets often older ollama once ones only opaque openai opened opening opens operand operands operations operators options oracle order ordered orders
ordinary orphan orphans other ours outbound outcome outcomes outlive outputs outside overall overflow overlap overlapping own owns pack package
packages packed packing packs pages paid pair pairs panel panels parallel parameters parcels parse parser parsing parted partial partly passage
passages paths pause payload payment pays peak pedestrians penalties pending perhaps period personal phase phases picked picks pieces pinyin pipe
plain plainly planes plans playing please plural pointer pointers points poll pooling port positional postings predicts prefetch prefill premises
preview price principal printable printed prints privacy private probable probably probe processes product products professional profile program
programmes programs progress project projects promise prompt prompts prose proven proves punctuation pure puts putting quad quadratic quant quantised
quantity quarter quarterly queries query questions queue quote quoted quotes radix ragflow raised randomised rarity ratio ratios reachable reached
reaches readable reader readers reading reads reasoning reasons rebuilt recall recipe recorded recursion recursive redirect redirects reduction
references refusal refusals refuse refused refuses regards regex register registers regression regular release remedy remembered remembers reminder
remote remove rename renamed renames rendering renders repack repeated repeats repetition repetitions replaces replay repo reported reports repository
request requests rescore research residual resolved responses responsibilities restart restore restored restoring rests retries retrieval reuse reused
revision rewritten ridge right rival rivals rooms root rotated rotation round rounded rounding rounds route router routing royal rules running runs
safetensors sales same sampler samples sandbox sandboxed saves saw saying says scalar scalars scaled scales scan scanned scanner scans scdoc schedule
schema scopes scored scores scoring scratch script scripts seal sealed seam seams search searchable searched seconds secrets section sections security
seeds seen sees segment segments segs semantic sends sent separates separator separators served servers service services session sessions sets several
shall shape shapes shares sharing shell shield shift ships shop shopping short shorter shortest shown shows shrinks sides signal signals signed
silently since sincerely sink sixteen sizes skills skip skipped skips slash slice slices sliding slot slots slower small smaller snapshot socket
sockets sometimes somewhere sorry south span spans sparse speaking speaks spec speculation speed spell spelled spelling spellings spells spent spin
split splits spread squared squares stack stadium staff stages stands started statements station stays stderr stdin stdout stealing stem stemming
still stood stopped stops store stored stores straight stream streaming streams stretch strict strictest strip structured student students styles
subject subset subtotal such suite suites summaries summary sums supports surprise surrogate surrogates survives suspense sweep swimming switch
switched symbol symlink sync synced syncs table tables tagger tags tail takes talks tanh targets tasks teacher teachers teaching team teams telephone
telling tells temperature template templates tenant tenants tens tensor tensors terminal terms tested tests texts theater theatre theirs therefore
thousands thread threads through throughout tier ties tighter tile tiles timeline timelines times timing title today tojson tokenizer tokenizers told
tombstones toml took tool topic torn torture total touched touches toward towards trace trained transformers trees trie tried tries trigram truncated
truncation trust trusted tuning tuples turned turns typed typical typing unanswerable unchanged undefined under underscores understood unfortunately
unigram unknown unless unlikely unpacked unreachable unrelated unsafe unsigned until untouched untrusted unused update updates upon urgent usable
usual usually utility validator valley vanish vanished vault vector vectors verb verbs verdict verdicts verified verifier verify version versions
views visible vocab vpdpbusd waited waiting waits walked walking walks wanted wants watching wave ways weaker weekend weekly weigh weighed weighs
welcome went west wheel wheels whereas wherever whether while whoever wholly widened wider widest wins wiped wire wires within without worked workers
working workspace worse worth worthless wrap wrapping writers writes writing wrongly wrote yardstick yearly yes yet yields young yymmdd zeroed zeros
absence actress advert advertising allergy asset assets awards benefits bond bonds brand brands campaign candidate capitalized celebrating clinic
compliance cost cough coupon currency decline decrease diagnosis director discipline discount dividend doctor doctors dose drummer earnings episode
episodes equity expense expenses export feedback festival forecast freight growth guitarist headache height hiring hospital income increase inflation
interview inventory investor investors invites launch leave liabilities liability loss losses lyric margins medicine mission nominee nurses onboarding
overtime patient patients payroll pension policies premiere pressure procedure procedures profit profits pulse purchase purchases receipt recovery
recruit resume retail revenue revenues risk risks salary sale scene scenes season seasons shareholder shareholders shipment singers stock strategy
supplier suppliers surgery survey symptom symptoms tablets tariff tax taxes therapy tour tours trade trailer training treatment turnover vacation
vaccine value values vendor vendors vision wages warehouse warranty weight wholesale zoo'''.split()

# More words of every day, from memory.
MORE = '''able accept across action actual address adult advance advice affair afraid afternoon agency agree ahead aim air airport alarm alcohol alive allow
alone amazing amount ancient angry animal ankle annual answer apart apartment apology appear apple apply area argue arm army around arrive art article
ask asleep assist attack attempt attend audience autumn avenue average awake award aware away baby back bad badge badly bag bake balance ball band
bank bar barely base basic basket bath battery battle beach bean bear beat beauty bed beef beer begin bell belly belong belt bench bend beneath bet
beyond bicycle bid big bike bill bird birth birthday bite bitter black blame blanket blind block blonde blood blow blue board boat body boil bold bomb
bone bonus book boot border bored born borrow boss bot both bother bottle bottom bounce bow bowl box boy brain branch brave bread break breakfast
breath breathe brick bridge brief bright bring broad broken broom brother brown brush bubble bucket budget bug build bull bullet burn burst bus bush
business busy butter button buy buyer cabin cabinet cable cake call calm camera camp can cancel cancer candle candy cap capital captain car card care
careful carpet carrot carry cart case cash cast castle cat catch cattle cause cave ceiling celebrate cell center central century cereal certain chain
chair chalk champion chance change channel chapter charge chart chase cheap cheat check cheek cheer cheese chef cherry chest chicken chief child
childhood choice choose church cigarette cinema circle citizen city claim clap class classic clay clean clear clerk clever click cliff climate climb
clock close closet cloth clothes cloud club clue coach coal coast coat coffee coin cold collar collect college color comb come comedy comfort comic
common company compare compete complain concert confuse congress connect consider contest control cook cookie cool copper copy corn corner correct
cotton couch could council count country couple courage course court cousin cover cow crack craft crash crazy cream create credit creek crew crime
crisis crop cross crowd crown cruel cry culture cup cure curious curl curtain curve custom cut cycle daily damage damp dance danger dark date daughter
dawn day dead deaf deal dear death debate debt decade decide deck deep deer defeat defend degree delay delicious demand dentist depart depend deposit
depth desert deserve design desire desk despite dessert destroy detail diamond diary dictionary diet differ dig dinner dirt dirty dish disk distance
divide divorce dog doll dollar dolphin door double doubt down dozen drag dragon drama draw drawer dream dress drill drink drive driver drop drug drum
dry duck dull dumb during dust duty dwarf eager eagle ear early earn earth ease east easy eat echo edge edit egg eight either elbow elder elect
elephant eleven else empire empty end enemy engine enjoy enough enter entire envy equal error escape essay even evening event ever evil exact exam
excuse exist exit expect expert explain eye fabric face fact factory fade fail faint fair faith fake fall false fame family famous fan fancy far farm
farmer fashion fast fat fate father fault favor fax fear feast feather feel female fence fever few field fierce fifth fifty fight file fill film final
find fine finger finish fire firm first fish fit five fix flag flame flash flat flavor flight float flood floor flour flow flower flu fly fog fold
folk follow food fool foot football force foreign forest forever forget fork form formal fortune forty forward fountain four fox frame free freedom
freeze fresh fridge friend frog front frost fruit fry fuel full fun funeral funny fur furniture future galaxy game gang garage garbage garden garlic
gas gate gather gentle ghost giant gift girl give glad glass globe glove glue goal goat god gold golden golf good goose govern grab grade grain grand
grape grass grave gray great greedy green grey grocery ground group grow guard guess guest guide guilty guitar gun guy gym habit hair half hall hammer
hand handle hang happen happy harbor hard harm harsh hat hate hawk head heal health heart heat heaven heavy height hell hello help hero hide high hill
hip hire history hit hobby hobbits hockey hold hole holiday hollow holy honest honey hook hope horn horror horse host hot hotel hour house huge human
humble humor hundred hungry hunt hunter hurry hurt hut ice icon idea ideal idle ill imagine impact impress inch indeed infant injury inner innocent
insect inside insult invent iron island itch ivory jacket jail jam jar jaw jazz jeans jelly jet jewel job join joke journey joy judge juice jump
jungle junior jury justice keen keep kettle key kick kid kill kind king kingdom kiss kitchen kite knee knife knight knock knot lab labor lady lake
lamb lamp land lane language lap large laser late laugh law lawn lay layer lazy lead leaf league lean learn leather left leg legal legend lemon lend
lens less lesson liar library lick lid lie life lift light like limb lime limit line lion lip liquid list little live lizard loan lobby local lock log
lonely long look loop loose lord lose lost lot loud love lovely low luck lucky lunch lung luxury machine mad magic mail main major make male mall man
mango map maple marble march mark market marry mask mass master match mate math matter maybe mayor meal mean meat medal media meet melt member memory
mend menu merry mess metal middle might mild milk mill mind mine minor mint mirror miss mix mob mobile modern mom monday money monkey monster month
mood moon moral morning mosquito moss moth mother motion motor mountain mouse mouth move movie mud mug murder muscle museum mushroom music mystery
myth nail naked narrow nation nature navy near neat neck need needle nerve nest net never new news nice niece night nine noble noise noon north nose
note noun novel nude nurse nut oak obey ocean odd offer office often oil old olive once one onion only open opera orange orbit order organ other outer
oven over owe owl own owner pack paddle pain paint pair palace pale palm pan panic pants paper parade pardon park parrot part party pass past pasta
path pause pay peace peach peak peanut pear pearl pen pencil penny pepper perfect period person pet phone photo piano pick picnic picture pie piece
pig pill pillow pilot pin pine pink pipe pirate pitch pizza place plain plan plane planet plant plastic plate play please plenty plot plow plug plum
plus pocket poem poet point poison pole police polish polite pond pony pool poor pop popcorn pork port pot potato pound pour powder power praise pray
present press pretend pretty price pride priest prince princess print prison private prize problem proud pub public pull pulse pump punch punish pupil
puppy pure purple push puzzle queen quick quiet quilt quit quiz rabbit race rack radio rage rail rain rainbow raise ranch rat raw razor reach read
ready real rear rebel recipe red referee refuse region relax relief remember rent repair reply rescue rest reward rhythm rib rice rich ride rifle
right ring rise river road roast rob robot rock rocket roof room root rope rose rotten rough round route row royal rub rubber rude rug ruin rule run
rush rust sack sad saddle safe sail saint salad salt same sand sandwich satellite sauce sausage save saw say scale scar scare scarf school science
scissors score scream screen screw sea seal search seat second secret see seed seek seem sell send senior sense settle seven sew sexy shadow shake
shallow shame shape share shark sharp shave sheep sheet shelf shell shelter sheriff shine ship shirt shock shoe shoot shop shore short shot shoulder
shout show shower shrimp shut shy sick side sigh sign silent silk silly silver simple sin sing sink sir sister sit six sixth size skate ski skill skin
skip skirt sky slap slave sleep sleeve slice slide slim slip slow small smart smell smile smoke smooth snack snake snow soap soccer social sock sofa
soft soil soldier solid son song soon sore sorry soul sound soup sour south space spare speak spear special speech speed spell spend spice spider spin
spirit split spoil spoon sport spot spray spread spring spy square squirrel stable stadium staff stage stair stamp stand star stare start state statue
stay steak steal steam steel steep stem step stick still sting stir stomach stone stop store storm story stove straight strange straw stream street
strike string strip stripe stripes strong stuff stupid style subject sudden suffer sugar suit summer sun sunny sunset super sure surf swallow swamp
swan swear sweat sweep sweet swim swing switch sword table tail tale talent talk tall tank tape taste taxi tea teach tear tease teen tell ten tennis
tent test text thai thank thick thief thin thing think third thirty thumb thunder ticket tidy tie tiger tight till tin tiny tip tire tired toast toe
toilet tomato tongue tonight tool tooth top touch tough tourist towel tower town toy track trade tragedy train trap trash travel treasure treat tree
trial tribe trick trip troop trouble truck true trumpet trunk trust truth try tube tune tunnel turkey turtle twelve twenty twice twin twist two ugly
uncle under union unique upper upset urban use vacant valley van vast vein verse victim victory village violin virus visit voice volcano vote wage
wagon waist wake walk wall wallet war warm warn warrior wash waste watch water wave wax weak wealth weapon wear weather web wedding weed week weird
well wet whale wheat wheel whip whisper whistle white whole wide widow wife wild win wind window wine wing winner winter wire wisdom wise wish witch
wolf woman wonder wood wooden wool word work world worm worry wound wrap wrist write written wrong yard year yellow yesterday youth zebra zone oh ah
hmm wow ok okay yeah hey'''.split()

# Titles, and what stands before a name of a ruler.
ROYAL = 'King Queen Prince Princess Emperor Pope Saint Duke Count Lord Lady Sir Dame Sultan Tsar'.split()
ROMAN = 'I II III IV V VI VII VIII IX X XII XIV'.split()
PEER = ['Earl of', 'Duke of', 'Baron', 'Viscount', 'Marquess of', 'Baronet', 'Lord']

# Words that are never a name, whatever stands beside them.
FUNCTION = '''the a an and or but nor so if then than that this these those there here what which who whom whose when where why how of to in on at by for from with without within into
onto over under between among through during before after since until against about above below behind beside beyond along around across near is are was were be been being am do does did
has have had having can could shall should would might must not no yes as it its he she they we you your yours his her hers their theirs our ours my mine me him them us because while
although though unless whether both either neither each every all any some most many much few more less other another such same only just also too very still yet already often never
always sometimes perhaps maybe however therefore moreover meanwhile nevertheless instead please thanks dear regards sincerely per via'''.split()

RULES = {
    'sep': [': ', ': ', ' ', ':', ' - '],
    'dot': ['.', '.', '', '!', '?', '.'],
    'title': ['Mr.', 'Mrs.', 'Ms.', 'Dr.', 'Prof.', 'Miss', 'Mr', 'Mrs', 'Ms', 'Dr', 'Sir', 'Professor', 'Judge', 'Senator', 'President', 'Captain', 'Officer', 'Coach', 'Uncle', 'Aunt'],
    'kin': 'mother|father|mom|dad|wife|husband|son|daughter|brother|sister|uncle|aunt|cousin|boss|manager|roommate|neighbor|friend|colleague|landlord|doctor|lawyer|boyfriend|girlfriend|grandmother|teacher'.split('|'),
    'num': [str(n) for n in range(1, 95)],
    'year': [str(y) for y in range(1965, 2027)],
    'mon': 'January February March April May June July August September October November December Jan Feb Mar Sept Oct Nov Dec'.split(),
    'day': 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday today tomorrow yesterday tonight'.split() + ['next week', 'last year', 'this morning', 'last month', 'on the weekend'],
    'phone': ['555-01{num}', '(212) 555-01{num}', '+1 415 555 01{num}', '+44 20 7946 09{num}'],
    'label': 'Name|Full name|Customer|Client|Patient|Contact|Applicant|Employee|Sender|Recipient|To|From|Cc|Author|Attendees|Account holder|Beneficiary|Tenant|Landlord|Student|Parent|Guardian|Manager|Signed|Prepared by|Billed to|Emergency contact|Witness|Insured|Cardholder|Director|Last name|First name|Interviewer|Speaker'.split('|'),
    'job': 'engineer|software developer|teacher|nurse|accountant|lawyer|manager|consultant|driver|designer|CEO|CFO|director|analyst|professor|chef|journalist|spokesman|minister|actor|singer|coach|captain|author|founder'.split('|'),
    'thing': 'report|contract|invoice|passport|resume|package|letter|files|draft|budget|presentation|notes|payment|refund|order|ticket|keys|prescription|results|slides|schedule'.split('|'),
    'act': 'called in sick|signed the contract|left early|got married|moved out|was promoted|resigned|passed away|joined the team|missed the deadline|sent the files|won the game|scored twice|wrote a great song|played the lead|gave a talk|is on vacation|has not replied|will join us later|is running late|was born in {year}|retired in {year}|was arrested|was elected|lost the election|is pregnant|never showed up|loves this movie'.split('|'),
    'say': 'said|told reporters|wrote|asked|replied|explained|added|argued|announced|thinks|believes|knows|wants|agreed|insisted|claims|reported'.split('|'),
    'common': [],
    'big': ['84,500', '1,200', '3,250', '12,000', '450', '1,000,000', '3.5', '0.62', '99', '120', '65,000', '2,000', '150', '{num},{num}5', '{num}{num}', '{num}.{num}', '{num}00'],
    'unit': 'years|days|weeks|months|hours|minutes|seconds|kilometres|miles|metres|feet|pages|people|participants|units|percent|%|kg|g|ml|litres|degrees|euros|dollars|pounds|times|points|seats|rooms|floors|houses|copies|students|employees|files|tokens|MB|GB|ms|cups of flour|eggs|chapters|votes|goals|inches|acres'.split('|'),
    'part': 'chapter|section|page|paragraph|platform|gate|room|line|version|table|figure|step|item|article|volume|lesson|question|no.|number|row|seat|building|floor|level|track|episode|season'.split('|'),
    'when': ['{mon} {num}, {year}', '{num} {mon} {year}', '{mon} {year}', '{num}th of {mon}', 'the {num}th of {mon} {year}', '{year}', '{num}/{num}/{year}', '{year}-{num}-{num}', '{mon} {num}', '{num}:{num}', '{num}:{num} pm', 'the {num}th century', '{mon} {num} , {year}'],
    'open': 'Regards,|Kind regards,|Best regards,|Best wishes,|Yours sincerely,|Sincerely yours,|Many thanks,|Thank you,|Thanks again,|Cheers,|With kind regards,|Warm regards,|Respectfully,|Yours truly,|Take care,|Talk soon,'.split('|'),
    'they': "He She They We You I It Nobody Everybody Who What Why How There This That These Those My Your His Her Our Their".split(),
    # neighbours' languages: what stands behind an article
    'de': 'Auto Zimmer Fenster Buch Dach Dorf Büro Rechnung Straße Wohnung Tür Zeitung Arbeit Kündigung Miete Garten Tisch Wagen Brief Termin Preis Keller Kunde Urlaub Schlüssel Antrag Mieter Bericht'.split(),
    'art': 'Das Die Der Ein Eine Dieser Diese Dieses Jede Jeder Mein Meine Ihr Ihre Unser Kein Keine'.split(),
    'deis': 'ist leer.|wurde verschickt.|ist zu teuer.|liegt auf dem {de}.|kommt morgen.|war gestern da.|ist noch offen.|gehört zum {de}.|kostet {num} Euro.|wird geprüft.'.split('|'),
    'dew': 'Gestern|Morgen|Jetzt|Danach|Dann|Später|Hier|Dort|Leider|Am Montag|Im Sommer|Seit gestern|Nächste Woche|In der Küche|Um drei Uhr|Nun|Bald|Oft'.split('|'),
    'dev': 'geht fährt wartet schläft arbeitet spielt wohnt telefoniert sitzt steht liest kocht'.split(),
    'der': 'mit dem {de}|ohne das {de}|in der {de}|nach Hause|auf dem {de}|bei der Arbeit|im {de}|mit einer {de}|schon lange|sehr gern'.split('|'),
    'fr': 'Le rapport est prêt.|La maison est vendue.|Les enfants jouent dehors.|Un train arrive demain.|Une lettre est sur la chaise.|La facture reste à payer.|Le chat dort.|Des clients attendent.|Cette voiture est rouge.|La porte est fermée.|Le prix a baissé.|Il fait beau.'.split('|'),
    'it': 'La fattura è in ritardo.|Il treno parte alle {num}.|La porta è chiusa.|Lo sconto vale fino a lunedì.|Gli ospiti arrivano stasera.|La lettera è sul tavolo.|Una camera costa {num} euro.|La strada è lunga.|Il prezzo è alto.|Le chiavi sono qui.'.split('|'),
    'es': 'La casa está vacía.|El tren sale mañana.|Los niños juegan fuera.|La factura está pagada.|Una carta llegó ayer.|Las llaves están aquí.|El precio es alto.|La reunión fue larga.|El informe está listo.|La puerta está cerrada.'.split('|'),
    # what machines read
    'code': ['<{common} {common}="{C}">', '<{common} id="{EI}"><{common}>{common}</{common}></{common}>', '<{common} class="{common}" id="{C}">{C}</{common}>', '<{common} name="{EI}" />', '<{common}>{C}</{common}><{common}>{num}</{common}>', 'import {C} from "{common}";', "import { {C}, {common}{C} } from '{common}';", "import {C}, { {common}{C}, {common}{C} } from '{common}';", 'from {common} import {C}, {C}', 'npm install {C}{C} {C}{C} {C}', 'pip install --upgrade {C} {C}{C}', 'sudo apt install {common} {C}{C}', 'const {common}{C} = await {common}{C}.{common}{C}({C}{C});', '{common}{C}.{common}({EI});', 'const {common} = ({C}{C}) => { return {common}{C}.{common}({C}{C}); }', 'public void {common}{C}({C}{C} {common}) { return {common}; }', 'class {C}{C} extends {EI}{C} {', 'typedef struct {C}{C} {C}{C};', 'new {C}{EI}();', '{common}: {C} {XC}', '{C}: {C} {XC}', '{C} {XC}', '{common} {XC} {common}', '{common} {XC} and {common} {common}', '"{common}": "{XC}"', '{common}={XC}', 'X-{C}-{C}: {C} {XC}'],
    'plain': [*['{code}', '{code}', '{code} {code}', '{code}', '{code}{code}', '{code}', '{code}', '{code}', '{art} {de} {deis}', '{art} {de} {deis} {art} {de} {deis}', '{art} {de} {deis}', '{art} {de} {deis} {art} {de} {deis} {art} {de} {deis}', '{art} {de} und {art} {de} {deis}', '{dew} {dev} der {de} {der}.', '{dew} {dev} die {de} {der}.', '{dew} {dev} niemand {der}.', '{dew} {dev} er {der}.', '{dew} {dev} ein {de} {der}.', 'Wir {common} {der}.', '{fr}', '{fr} {fr}', 'the {XW} {common} {common}{dot}', '{they} {common} the {XW} {common}{dot}', 'a {XW} is a {common}{dot}', 'while a {XW} {common} {common}, the {XW} {common}{dot}', 'does the {XW} {common} {common}{dot}', 'an old {XW} of {common}{dot}', 'how {common} is a {XW}{dot}', 'every {XW} {common} {common}{dot}', '{it}', '{it} {it}', '{it} {it}', '{es}', '{es} {es}'], *['the {EI} {common}{dot}', 'The {C} {EI} {C} {common}{dot}', 'a {EI} {C}', 'The {EI} {C} {common} {common}{dot}', '{C} {EI} {C}', 'The Quick {EI} {C}', '{C} of the {EI}', '{C} and {C} {EI}', 'the {C} {EI}', '{EI} {C} {C}', 'The {C} {C} of {C}', 'my {EI} {common} {common}{dot}', 'The {EI} {C} of the {C}', '{num} {EI} {C}', "'' {C} {EI} ''", '"The {EI} {C}"', '{C} {C} {C} {C}', '{C}: {C} {EI} and {C}', 'How to {C} a {EI} {C}', 'The {C} {C} jumps over the {EI} {C}{dot}', '{C} is a {EI}{dot}', '{C}! {common} {common}{dot}', '{C}, {common} {common}{dot}', '{C}: {common} the {EI}{dot}', '{C} {common} {common} {common}{dot}', 'Is there a {C} {C} in {common}{dot}', 'a {C} place', 'The {C} {EI}s', 'new {C} {common}{dot}', 'the {EI} is {common}{dot}', '{EI} and {EI} {common}{dot}', 'Some {EI} {common}{dot}', '{they} saw a {EI}{dot}', '{they} {common} the {C} {EI}{dot}'],
              "Don't {common} {common}{dot}", "I'm {common} {common}{dot}", "It's {common} {common} {common}{dot}", 'Are you {common}{dot}', "She's {common}{dot}", "Can't {common} the {common}{dot}", "Let's {common} {common}{dot}", 'God knows {common}{dot}', "{they} {common} {common} {common}{dot}", '{they} {common} a {common} {common} of {common}{dot}', '"{they} {common} {common}?"', 'The {common} {common}, the {common} {common}, and the {common}{dot}', '{they} {common} {common}, {common} {common}: {common} {common}{dot}', 'A {common} piece of {common} {common}{dot}', 'No {common}, no {common}{dot}', 'Yes, {they} {common}{dot}', 'This {num} year old {common} {common}{dot}',
              'What time is it{dot}', 'How do I reset my password{dot}', 'The meeting is at {num} pm{dot}', 'Please find the {thing} attached{dot}', 'I would like to cancel my order{dot}', 'The weather is nice {day}{dot}',
              'Can you translate this into French{dot}', 'Write a short poem about autumn{dot}', 'Is there a fee for wire transfers{dot}', 'My card was declined {day}{dot}', 'The download failed with error {num}{dot}', 'Thanks, that works for me{dot}',
              'I need to update my billing information{dot}', 'See you {day}{dot}', 'The album is one of the best of the decade{dot}', 'This song has a great hook{dot}', 'He is injured and will miss {num} games{dot}', 'She works as a {job}{dot}',
              'Our team of {num} people is hiring{dot}', 'I was born in {year}{dot}', 'It was released in {mon} {year}{dot}', 'Add two cups of flour and stir{dot}', 'The function returns a list of integers{dot}', 'Turn left at the lights{dot}',
              'I have an appointment on {mon} {num}{dot}', 'Could you raise the limit of my credit card{dot}', 'What is the exchange rate {day}{dot}', 'I love my new phone{dot}', 'Total: ${num}.00{dot}', 'Please let me know if you have questions{dot}', 'Best regards,', 'Hi all,', 'Dear Sir or Madam,',
              'The movie was too long, but the ending was good{dot}', 'How are you{dot}', 'They had {num}{dot}', 'Nobody knows why{dot}', 'It is what it is{dot}',
              'I am {num} years old{dot}', 'I am {num}{dot}', 'i am {num} years old and have {num} {common}{dot}', 'aged {num}{dot}', 'She turned {num} in {when}{dot}', 'we sold {big} {unit} in {year}, {num} % more than in {year}{dot}', '{big} {unit}', '{big} {unit} {common} and {big} {unit} {common}{dot}', 'the {common} took {num} {unit} and {num} {unit}{dot}', 'it rose from {big} to {big} {unit}{dot}',
              'add {num} g {common}, {num} {common} and {num} ml {common}{dot}', 'about {num} percent of {big} {unit} {common} yes{dot}', '{part} {num} describes the {num} {common} of the {common}{dot}', 'see {part} {num}, {part} {num}{dot}', 'The train leaves at {num}:{num} from platform {num}{dot}', 'version {num}.{num}.{num} was released on {when}{dot}', 'between {mon} and {mon}, {num} {common} were {common}{dot}', 'between {num} and {num} {unit}{dot}', 'between {when} and {when}{dot}',
              'from {when} to {when}{dot}', 'on {when} the {common} {common}{dot}', 'in {when}, {common} {common} {common}{dot}', 'since {when} we {common}{dot}', '{when} - {when}', '( {when} – {when} )', 'until {when}{dot}', 'The deadline is {when}{dot}', 'they earn {big} euros a year in total{dot}', 'it is {big} metres long and {num} metres wide{dot}', '{they} ran {num} {unit} in {num} {unit}{dot}', 'Score: {num}-{num}', '{num} x {num} = {big}', 'it costs {big} dollars{dot}', 'page {num} of {num}',
              '{common} {common}', '{common}', '{common} {common}: {common} {common}{dot}', '{common}: {common}', '{common} and {common}', '{common}, {common} and {common}', '{common} {common} {common}', '- {common} {common}', '* {common}', '1. {common} {common} 2. {common} {common}', '# {common} {common}', '{common}ing {common}{dot}', '{common} of {common}', 'the {common} {common} is {common}{dot}', 'during the {common}, the {common} must {common}{dot}', 'unfortunately, {they} {common} {common}{dot}', '{open}', 'House rules: no {common}, no {common}{dot}', 'Spring {common}', '{common} {part} {num}', '{open} the {common} team', 'to the {common} {common}, {common} {common}', 'WARNING: {common} {common} {common}{dot}', 'Dear all,', 'Dear customer,', 'Dear team,', 'Hello everyone,'],
    's': [
        '{label}{sep}{P}', '{label}: {P}, {P}, {P}', '{label}: {P}\u0020\u0020Phone: {phone}', 'Name: {P}, DOB: {D}', 'Address{sep}{A}', 'Home address: {A}', 'Billing address: {P} {A}', 'Ship to: {P}, {A}', '{P}, {A}', '{P} {phone}', '{P} - {O}', '{P}, {job}, {O}', 'Employer: {O}', 'School: {O}', 'City: {L}', 'Country: {L}', 'Place of birth: {L}', 'Date of birth: {D}', 'DOB {D}', 'Born: {D} in {L}', 'Religion: {X}', 'Diagnosis: {H}', 'Allergies: {DR}', 'Medication: {DR}, {DR}', 'Past history: {H}, {PR}', 'Salary: {F}',
        '{open} {P}', '{open} {FN}', '{open} {title} {P}', 'Dear {title} {P},', 'Dear {title} {LN}, your {thing} of {when} {common}{dot}', 'Between {P} and {P}', 'between {P}, {A}, and {P}, {A}{dot}', 'I am {num} years old, born {D}{dot}', '{P}, {num} years old, {common} in {L}{dot}', '{P} ( born {D} )', '{P} ( {year} – {year} )', 'represented by its {job}, {title} {P}, {common}{dot}', 'i live in {L}, {A}{dot}', '({L}, {A})', '({A})', '{phone} ({A}){dot}', '{phone} ({L}, {A}){dot} {common} {common}', 'my address: {A}', 'Address: {A}, {L}', 'on {when} {P} {act}{dot}', '{P} {act} on {when}{dot}', '{P} , {P} , {P} and {P}', '{num} {P} {num} {P}', "'' {P} '' {common} {common}{dot}",
        'My name is {P}{dot}', 'my name is {FN}{dot}', "I'm {P} from {O}{dot}", "I'm {FN}, originally from {L}{dot}", 'This is {P} calling about my {thing}{dot}', 'Hi {FN},', 'Dear {title} {LN},', 'Dear {P},', 'Hello {FN}, how are you{dot}', 'Hey {FN}, can you send me the {thing}{dot}', 'Thanks, {FN}', 'Best, {P}', 'Sincerely, {P}', 'Love, {FN}', 'Yours, {P}', '{FN}: where are you{dot}', '{FN}: I am on my way{dot}', '@{FN} please review the {thing}{dot}', 'What is your name? {P}', "What's your last name? {LN}", 'Who is {P}{dot}', 'Do you know {P}{dot}', 'You know {FN}, right{dot}', 'Is {FN} there{dot}', 'She named him {FN}{dot}', 'Call me {FN}{dot}', 'why is {FN} so quiet{dot}', 'Who wrote the {thing}, {FN} or {FN}{dot}',
        '{P} {act}{dot}', '{FN} {act}{dot}', '{title} {LN} {act}{dot}', '{title} {P} {act}{dot}', '{LN} {act}{dot}', '{P} and {P} {act}{dot}', '{FN} and {FN} {act}{dot}', 'My {kin} {FN} {act}{dot}', 'my {kin} {P} works at {O}{dot}', "{FN}'s {kin} lives in {L}{dot}", "{P}'s {thing} is due {day}{dot}", "This is {FN}'s {thing}{dot}", '{FN} is my {kin}{dot}', '{P} is a {job} at {O}{dot}', '{P}, {job} of {O}, {say} the {thing} was late{dot}', '{P} ({O}) {act}{dot}', '"{common} {common} {common}," {say} {P}{dot}', '{P} {say} that {common} {common} {common}{dot}', '{LN} {say} {common} {common}{dot}', 'according to {P}, {common} {common} {common}{dot}',
        '{P} lives at {A}{dot}', '{P} is from {L}{dot}', '{FN} moved from {L} to {L}{dot}', '{P} lives in {L}{dot}', '{FN} grew up in {L}{dot}', 'I live at {A}{dot}', 'My address is {A}{dot}', 'please send it to {A}{dot}', 'Send the {thing} to {P} at {A}{dot}', 'our office is at {A}{dot}', 'Meet me at {A} {day}{dot}', 'We moved here from {L}{dot}', 'I am travelling to {L} {day}{dot}', 'A flight from {L} to {L}{dot}', 'How far is {L} from {L}{dot}', 'The {O} office is at {A}{dot}', 'The {O} office is in {L}{dot}', 'New address: {A}', 'He was a {job} in {L}{dot}', 'in {L}, {common} {common} {common}{dot}', 'The train arrived at {L} {day} from {L}{dot}', '{L} beat {L} {num}-{num}{dot}', '{L} ({L})', 'We are based in {L}, {L}{dot}', 'It is the capital of {L}{dot}',
        'They had three: {FN}, {FN} and {FN}.', '{FN}, {FN}, {FN} and {FN} came to the party{dot}', 'Founders: {LN}, {LN} and {LN}', '{O} was founded by {P} and {P} in {year}{dot}', '{O} is hiring a {job}{dot}', '{O} {say} it would buy {O}{dot}', 'I work for {O}{dot}', 'He used to work at {O} in {L}{dot}', 'a spokesman for {O} {say} {common} {common}{dot}', 'I have an account with {O}{dot}', 'She studied at {O}{dot}', 'The {O} {common} {common}{dot}', '{O} {common} {common} {common}{dot}', 'Is {O} open {day}{dot}', 'Please change the name on my card to {P}{dot}', 'please add {P} as a second holder{dot}', 'My account is under {P}{dot}', 'I want to transfer ${num}00 to {P}{dot}', 'The {LN} novel is great{dot}', 'I am a huge {P} fan{dot}', 'a song by {P}{dot}', 'Directed by {P} and starring {P}{dot}', 'written by {P} when {common} {common}{dot}', 'covered by {P} in {year}{dot}', 'Not the {LN} version, the one by {FN} {LN}{dot}', "{P}'s best album{dot}", '{P} was born on {D} in {L}{dot}', 'born {D}', 'Her birthday is {D}{dot}', 'his date of birth is {D}{dot}', '{P} (born {D}) is a {job} from {L}{dot}', '{P} was a {job} {common} {common}{dot}', '{P} {common} the {common} {common}{dot}',
        '{P} was diagnosed with {H}{dot}', 'diagnosed with {H} in {year}{dot}', 'My {kin} has {H}{dot}', 'I have been taking {DR} for {num} days{dot}', 'prescribed {DR} {num} mg{dot}', '{FN} takes {DR} for {H}{dot}', 'suffers from {H}{dot}', 'tested {H}{dot}', 'underwent {PR} {day}{dot}', '{P} had {PR} at {O}{dot}', 'history of {H} and {H}{dot}', 'The patient, {P}, {num}, presents with {H}{dot}', 'follow up with {P} in a couple of months{dot}', 'Is {DR} safe with {H}{dot}', 'I think I have {H}{dot}',
        '{F}', '{P} has {F}{dot}', 'my {F}', 'I make {F}{dot}', 'she {F}', 'with a {F}', 'he is {X}{dot}', 'she is {X}{dot}', '{P} is {X}{dot}', 'a devout {X}{dot}', 'identifies as {X}{dot}', 'has a {X}{dot}', 'was {X}{dot}', 'registered {X}{dot}', '{X} collected{dot}', 'requires a {X}{dot}', '{FN} was {X} in {year}{dot}', 'voted {X}{dot}', 'my {kin} is {X}{dot}',
        '{P}, {AF}', '{P} {AF}', '{P} {AF}', '{AF}', '{title} {P} {AF}', '{P} {phone} {AF}', '{P}  {O}  {AF}', '??? {P} ??? {O}', '| {P} | {O} | {phone} |', '{they} {common} to {common} {P}{dot}', 'everyone calls me {FN}{dot}', 'people call me {P}{dot}', 'his brother was called {P}{dot}', "says {FN}.", '"{common} {common}," says {LN}.', '{common} early {LN}{dot}', 'assistant to {P}, and {they} {common}{dot}', '(also features {P}. {they} {common} it{dot}', 'songwriter {P} {common} {common}{dot}', 'producer {P} explained to {FN} that {common} {common}{dot}', '{FN} to {FN}: {common}', '{they} {common} {common} but {FN} {common} to {common}{dot}',
        '{FN}: {they} {common} {common}{dot}', '{FN} shouted at {FN}: "{they} {common} {common}?"', '({common} {common} by {P})', '{common} ({P})', '"{common} {common}" by {P} - {common} {common}', '{P}: {common} {common}', 'the {P} version is {common}{dot}', 'a {P} {common} {common}{dot}', '{P} and his {kin} {FN}', 'Mr. and Mrs. {LN} {act}{dot}', 'the {LN} family {common}{dot}', '{LN} et al. {common} {common}{dot}', '{P}; {P}; {P}', '> {P}', '- {P}', '* {P} - {phone}', '1. {P} 2. {P} 3. {P}', '{title} {LN} and {title} {LN} {act}{dot}', '{P}, {P} and {num} others {common}{dot}', 'To: {P}', 'From: {P} <{phone}>', '{P} of {O} in {L} {act}{dot}', '{P}, {num}, of {L}, {act}{dot}', 'have you been to a {P} {common} before{dot}', 'the new {P} {common}{dot}', 'unlike {P}, {they} {common} {common}{dot}', "{they} {common} {FN}'s {common}{dot}", 'thanks to {P} for the {common}{dot}', 'not {FN}, {FN}{dot}', '{they} {common} in {L} with {P}{dot}', '{they} {common} to {L} from {L}{dot}',
        'The {common} of {P} {common} {common}{dot}', '{common} {common} {P} {common} {common}{dot}', '{common} {FN} {common}{dot}', '{common} {common} {FN} {common} {common} {common}{dot}', '{common} {common} {L} {common}{dot}', '{common} {common} {common} {common}{dot}', 'The {common} {common} {common} {common} {common}{dot}', '{common} the {common} {common} of {common}{dot}', 'I {common} {common} {common}{dot}', '{common} {common} {O} {common}{dot}', '{common} {LN} {common} {common}{dot}', 'A {common} {common} to {common}{dot}', '{LN}, {FN}', '{LN}, {FN}; {LN}, {FN}', '{P}\u0020\u0020{P}\u0020\u0020{P}',
        '{dew} {dev} die {FN} {der}.', '{dew} {dev} der {FN} {der}.', '{dew} {dev} {P} {der}.', 'Die {FN} {dev} {der}.', '{P} {dev} {der}.', '{they} moved to {L} {day}{dot}', '{they} moved to {L}{dot}', '{they} lived in {L} in {year}{dot}', '{they} flew to {L} {day}{dot}', '{they} went from {L} to {L} {day}{dot}', '{they} {common} to {L} {day}{dot}', '{they} came back from {L} {day}{dot}', 'I have been to {L}{dot}', '{they} met {RN}{dot}', '{they} met {RN} {common}{dot}', '{they} saw {RN} there{dot}', '{they} {common} {RN} {common}{dot}', '{they} met {P} {day}{dot}', '{they} thanked {title} {P}{dot}', '{they} asked {RN} and {P}{dot}',
        '{title} {UN} {act}{dot}', '{title} {UN} {common} {common}{dot}', 'signed by {title} {UN} of {L}{dot}', 'The {thing} by {title} {UN} {common} {common}{dot} {title} {UN} {act}{dot}', 'Dear {title} {UN},', '{title} {UN} has the {thing}{dot}', '{title} {UN} and {title} {P} {act}{dot}',
        '{RN}', '{RN} {common}{dot}', '{RN} and {RN}', 'the {kin} of {RN}', '{RN} ( {year} – {year} )', 'under {RN}, {common} {common}{dot}', '{LF}', '{LF} ( {year} – {year} )', '* {LF}', '{P} ( {year} – {year} )', '{P} , {L}', '{P} ( {job} )', "'' {C} {C} '' ( {year} ) – {P}", '{P} def. {P} {num}–{num} , {num}–{num}', '{num} . {P} ( {L} )', '{P} {num} , {P} {num}', 'directed by {P} , starring {P} and {P}', '{P} as {C}', '{C} – {P}', '* {P} – {C}',
        'with {job} {P} ( {year} – {year} )', '{P} , {num}th {PE}', '{P} and {P} , {year}', "{P} 's {C} {C}", '{C} {C} by {P}', 'the {EI} {C} and {P}', 'The {C} {EI} of {P}', '{P} defeated {P} in the final{dot}', '{L} , {L}', '{FN} , {FN} and {FN}', "'' {P} ''", 'REDIRECT {P}', "'' '' ' {P} '' ' ''", '{P} ( born {year} ) , {job}',
    ],
}
