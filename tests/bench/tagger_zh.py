"""Chinese sentences of our own making for the tagger: rules with slots, and what fills them.

A rule is a text with {slots}; a slot is another rule (one of its texts by chance), or an entity, whose text is labelled.
Nothing here is taken from a labelled set: the sentences are ours, the names come from the lists that tagger.py reads.
"""

HEALTH = '''高血压 糖尿病 2型糖尿病 冠心病 心律失常 心肌炎 心肌梗死 脑梗塞 脑出血 中风 癫痫 偏头痛 帕金森病 阿尔茨海默病 抑郁症 焦虑症
双相情感障碍 精神分裂症 失眠症 强迫症 自闭症 多动症 哮喘 支气管炎 肺炎 肺结核 肺癌 慢阻肺 鼻窦炎 过敏性鼻炎 中耳炎 扁桃体炎 甲状腺结节 甲亢
甲减 甲状腺癌 胃炎 胃溃疡 十二指肠溃疡 胃癌 肠炎 结肠癌 直肠癌 痔疮 阑尾炎 胆结石 胆囊炎 脂肪肝 乙肝 丙肝 肝硬化 肝癌 胰腺炎 肾结石
肾炎 尿毒症 前列腺炎 前列腺增生 膀胱炎 子宫肌瘤 卵巢囊肿 宫颈癌 乳腺癌 乳腺增生 不孕症 流产 早产 梅毒 淋病 艾滋病 HIV阳性 尖锐湿疣 白血病
淋巴瘤 贫血 血友病 红斑狼疮 类风湿关节炎 痛风 骨质疏松 腰椎间盘突出 颈椎病 骨折 半月板损伤 银屑病 湿疹 荨麻疹 带状疱疹 白癜风 白内障 青光眼
近视 高血脂 肥胖症 骨癌 脑瘤 新冠肺炎 流感 手足口病 水痘 脊髓灰质炎 先天性心脏病 唐氏综合征 酒精依赖 药物成瘾 创伤后应激障碍 厌食症'''.split()
DRUGS = '''阿莫西林 头孢克肟 头孢拉定 布洛芬 对乙酰氨基酚 阿司匹林 二甲双胍 胰岛素 格列美脲 硝苯地平 氨氯地平 缬沙坦 美托洛尔 阿托伐他汀 瑞舒伐他汀
氯吡格雷 华法林 奥美拉唑 雷贝拉唑 蒙脱石散 左氧氟沙星 阿奇霉素 奥司他韦 氯雷他定 孟鲁司特 沙丁胺醇 泼尼松 地塞米松 舍曲林 氟西汀 帕罗西汀
艾司西酞普兰 阿普唑仑 劳拉西泮 奥氮平 利培酮 碳酸锂 丙戊酸钠 卡马西平 左甲状腺素 甲巯咪唑 他莫昔芬 吉非替尼 奥希替尼 拉米夫定 恩替卡韦
降压药 降糖药 安眠药 抗抑郁药 止痛药 避孕药 退烧药 消炎药 化疗药 速效救心丸 板蓝根 连花清瘟胶囊'''.split()
PROCEDURES = '''心脏搭桥手术 剖腹产手术 阑尾切除术 胆囊切除术 甲状腺切除术 白内障手术 支架植入术 肾移植 骨髓移植 肝移植 化疗 放疗 透析 胃镜检查 肠镜检查
核磁共振检查 人工流产 试管婴儿 心理治疗 电休克治疗 换膝手术 乳腺切除术'''.split()
OTHER = '''基督徒 天主教徒 穆斯林 佛教徒 道教徒 藏传佛教信徒 伊斯兰教徒 受洗入教 做礼拜 汉族 回族 藏族 蒙古族 维吾尔族 满族 壮族 苗族 彝族 朝鲜族
土家族 哈萨克族 中共党员 共青团员 民主党派成员 群众 预备党员 民进会员 同性恋 双性恋 跨性别者 出柜 有前科 犯罪记录 判刑三年 判处有期徒刑两年
行政拘留十五天 刑事拘留 缓刑一年 吸毒史 酒驾记录 指纹信息 人脸识别数据 人脸照片 虹膜扫描 声纹录入 声纹样本 DNA检测 掌纹数据 指静脉信息 步态特征
工会会员 上访记录 失信被执行人'''.split()
TITLES = '''先生 女士 小姐 老师 教授 经理 总经理 主任 主管 医生 大夫 护士 护士长 院长 校长 局长 处长 科长 律师 法官 警官 师傅 工程师 总监 董事长
主席 书记 市长 县长 镇长 村长 会计 导演 教练 博士 同学 阿姨 叔叔 大爷 大妈 总 董 工 队长 站长 店长 厂长 班长 秘书 秘书长 助理 顾问 编辑 记者'''.split()
POSTS = '''党委书记 党委副书记 纪委书记 纪检组组长 工会主席 团委书记 党办主任 董秘 办公室主任 车间主任 科长 副科长 技术员 计划员 业务员 质检员 统计员 调度员 会计员 副厂长 副校长 副教授级高工 首席技术顾问 理事 会员 委员 常务委员 评审专家 董事长 总经理 副总经理 财务总监 技术总监 销售总监 人力资源总监 董事会秘书 监事 独立董事 总工程师 高级工程师 项目经理 产品经理 客户经理
部门经理 会计主管 出纳 法务 行政助理 前台 研发工程师 测试工程师 设计师 文案 司机 保安 教师 副教授 讲师 研究员 主治医师 副主任医师 护士长 药剂师
书记 局长 副局长 处长 科员 主任 副主任 站长 村支书 记者 编辑 主持人 演员 歌手 导演 教练 队员 前锋 守门员'''.split()
KIN = '爸爸 妈妈 老公 老婆 丈夫 妻子 儿子 女儿 哥哥 姐姐 弟弟 妹妹 爷爷 奶奶 外公 外婆 舅舅 姑姑 叔叔 表哥 室友 同事 同学 邻居 朋友 男朋友 女朋友 房东 领导 老板 客户 导师 徒弟'.split()
BUSINESS = '科技 网络 信息技术 传媒 文化传播 电子商务 贸易 进出口 建筑工程 房地产开发 物业管理 投资管理 资产管理 生物医药 医疗器械 新能源 汽车销售 物流 食品 餐饮管理 服装 化工 机械制造 电力 环保 农业开发 教育咨询 人力资源 广告 旅游 装饰 软件 半导体 通信 航空 船舶 钢铁 水泥 纺织 家具'.split()
FIRM_END = '有限公司 有限公司 股份有限公司 有限责任公司 集团 集团有限公司 公司 公司 分公司 控股 厂 事务所 工作室'.split()
ORG_END = '公安局 人民法院 检察院 税务局 财政局 教育局 卫生健康委员会 人力资源和社会保障局 市场监督管理局 交通运输局 规划局 司法局 民政局 人民政府 街道办事处 派出所 消防支队 气象台 图书馆 博物馆 火车站 电视台 日报社 红十字会 工商联 足球队 男篮 研究院 研究所 设计院 规划院 协会 基金会 委员会 党校 法院'.split()
SCHOOL_END = '大学 大学 学院 师范大学 医科大学 理工大学 职业技术学院 第一中学 第三中学 实验中学 中学 实验小学 中心小学 小学 附中 幼儿园 外国语学校 艺术学校'.split()
HOSPITAL_END = '人民医院 第一人民医院 中心医院 中医院 妇幼保健院 儿童医院 口腔医院 肿瘤医院 协和医院 附属医院 卫生院 诊所'.split()
BANKS = '工商银行 建设银行 农业银行 中国银行 招商银行 交通银行 民生银行 浦发银行 兴业银行 光大银行 中信银行 平安银行 邮政储蓄银行 农村商业银行 村镇银行'.split()
BRANDS = '阿里巴巴 腾讯 百度 华为 小米 京东 美团 字节跳动 网易 新浪 搜狐 联想 海尔 格力 美的 比亚迪 吉利 万科 恒大 碧桂园 顺丰 中通 圆通 滴滴 拼多多 携程 星巴克 麦当劳 肯德基 沃尔玛 家乐福 宜家 苹果 微软 谷歌 三星 索尼 丰田 大众 宝马 奔驰 特斯拉 中石化 中石油 国家电网 中国移动 中国联通 中国电信 人大附中 北大 清华 复旦 中科院 联合国 世界银行 欧盟'.split()
LANDMARK_END = '公园 广场 大厦 机场 火车站 高铁站 地铁站 大桥 寺 山 湖 河 岛 风景区 古镇 水库 码头 商场 体育馆 步行街 村 镇 县 市 区 胡同'.split()

# Rules. {P} person, {S}{T} a surname before a title, {N} a nickname, {A} address, {O} organisation, {L} place,
# {D} date of birth, {H} {DR} {PR} health, {F} finance, {X} other; small letters: other rules and plain fillers.
RULES = {
    'label_name': '姓名 名字 联系人 客户 客户姓名 收件人 寄件人 收货人 患者 患者姓名 病人 申请人 负责人 经办人 户主 车主 持卡人 开户人 法定代表人 法人代表 投保人 被保险人 乘客 旅客 考生 学生 家长 监护人 员工 候选人 应聘者 当事人 原告 被告 委托人 代理人 证人 租客 出租方 承租方 甲方 乙方 主讲人 主持人 记录人 参会人 发件人 签收人 紧急联系人 担保人 借款人 收款人 付款人 主治医生 责任编辑 作者 译者 导演 摄影 记者 通讯员 登记人 用户 会员 业主 会计 审核人 制单人'.split(),
    'sep': ['：', ':', '： ', ' ', '', '，', '是', '为', '-', '\u3000'],
    'sep1': ['：', ':', '： ', ' ', '为'],
    'dot': ['。', '！', '', '，', '；', '?', '~', '。', '。', '……'],
    'kin': KIN, 'post': POSTS, 'title': TITLES,
    'sex': ['男', '女'],
    'num': [str(n) for n in range(1, 60)],
    'year': [str(y) for y in range(1978, 2027)],
    'month': [str(n) for n in range(1, 13)],
    'ymd': ['{year}年{month}月', '{year}年{month}月{num}日', '{month}月{num}日', '{year}年', '{year}-{month}-{num}', '{year}.{month}'],
    'phone': ['13{num}2345678', '15812345{num}6', '010-6{num}88990', '18{num}00001111', '0571-88{num}1234'],
    'time': '今天 昨天 明天 上周 下周 周一 周五 早上 下午 晚上 刚才 最近 去年 前年 本月 月底 国庆 春节前 凌晨 中午 上个月 这两天 周末'.split(),
    'do': '说 表示 认为 指出 介绍 告诉记者 回忆 强调 透露 解释 补充道 问 笑着说 坦言 建议 提醒 承认 否认 宣布 回应 写道 提出 反对 同意 确认'.split(),
    'act': '参加了会议 提交了报告 完成了验收 签了合同 请假了 离职了 入职了 出差了 住院了 出院了 迟到了 获奖了 搬家了 结婚了 退休了 报名了 打来电话 发来邮件 没有回复 负责这个项目 主持了会议 作了发言 去世 出任新职 当选 被任命 进球 夺冠 受伤 出演主角 发表演讲 接受采访 已经到了 还没付款 把钱转过来了 要退货 投诉了 申请退款 预约了明天的号'.split(),
    'thing': '合同 报告 方案 发票 材料 文件 简历 邮件 快递 包裹 样品 预算 名单 照片 护照 病历 处方 作业 论文 门票 钥匙 行李 报价单 会议纪要 身份证复印件'.split(),
    'degree': '本科 大专 硕士 博士 研究生 高中 中专 MBA 大学本科 硕士研究生 博士研究生'.split(),
    'major': '会计学 法学 计算机科学 机械工程 土木工程 经济学 金融学 临床医学 英语 新闻学 工商管理 电子信息 化学 数学 市场营销'.split(),
    'job': '工程师 高级工程师 经济师 会计师 注册会计师 律师 教授 副教授 教授级高工 政工师 注册税务师 医师 高级经济师'.split(),
    'talk': '你好 您好 请问一下 麻烦你 谢谢 好的 收到 没问题 辛苦了 帮我看看 不好意思 对了 嗯嗯 哈哈 在吗 早上好 晚上好 大家好 各位同事'.split(),
    'dept': '企管科 计财科 财务科 人事科 生产科 技术科 供销科 办公室 财务部 市场部 研发部 法务部 审计部 投资部 证券部 第一分厂 二车间 总工办 党委办公室 政治处 团委 纪委 工会 机关'.split(),
    'ORG': ORG_END,
    'go': '开会 出差 旅游 玩 看病 上学 工作 打工 考察 培训 面试 办事 探亲 谈合作 参展 读书 养老 过年'.split(),
    'common': [],  # filled with words of the dictionary
    'code': ['zYimvPe', 'zQaVuHD', 'R5xKq2L', 'zHseuue', 'A6wRt9b', 'hBqLw', 'zOxyNnD', 'EaT0pq'],
    'laugh': ['哈哈', '哈哈哈', '哈哈哈哈', '哈哈哈哈哈哈', '嘻嘻', '嘻嘻嘻', '呵呵', '嘿嘿', '呜呜', '呜呜呜', '哒哒', '啦啦啦', '噢噢', '哎呀', '嗯嗯嗯', '哇', '切', '额', '嗷嗷', '么么哒', '啊啊啊'],
    'plain': ['{laugh}{dot}', '{laugh}，{common}{common}{dot}', '{common}{common}{laugh}{dot}', '[{common}]{common}{dot}', '{common}[{common}][{common}]', '[good]{common}{dot}', '{common}[{laugh}]', '{common}{common}http://t.cn/{code}', 'http://t.cn/{code} {common}', '{common}//{common}', '转发微博{dot}', '回复：{common}{common}{dot}', '【{common}{common}】{common}{common}', '{common}~~', '{E}{common}{dot}', '{common}的{E}{dot}', '我用{E}{common}{dot}', '（{E}）', '{common}（{E}{E}）{common}{dot}', '{num}张图片', '祝福{common}{dot}', '{laugh}{laugh}', '{common}———{common}{common}', '{common}———{common}{common}，{common}{dot}', '他今年{num}岁{dot}', '这本书有{num}0页，共{num}章{dot}', '他跑了{num}公里，用了{num}小时{num}分钟{dot}', '价格从{num}0元涨到{num}5元{dot}', '{ymd}，{common}{common}{dot}', '{ymd}至{ymd}，{common}{common}{dot}', '截至{ymd}{common}{dot}', '（{ymd}）', '{ymd}荣获{common}{common}{dot}', '气温{num}℃／{num}℃', '多云{num}℃／{num}℃', '{num}％的{common}', '获{common}{common}奖，{num}等奖{num}项{dot}', '多家{common}{dot}', '各家{common}{common}{dot}', '国内{common}{common}{dot}', '{common}{num}：{common}{num}', '今天天气不错{dot}', '帮我看看这段代码{dot}', '这个方案可以{dot}', '我觉得价格有点贵，能便宜一点吗{dot}', '请问还有什么可以帮您的{dot}',
              '会议改到下午三点，请大家准时参加{dot}', '附件是本周的工作总结，请查收{dot}', '系统升级期间服务暂停两小时{dot}', '这本书我看了一半，写得挺好{dot}',
              '晚饭吃什么{dot}', '高兴得马上跳了起来，任何方法都行{dot}', '白天很热，晚上凉快{dot}', '公司要求大家按时打卡{dot}', '这个项目投资500万，工期两年{dot}',
              '共35人参加，{num}人请假{dot}', '明天可能下雨，记得带伞{dot}', '把这段话翻译成英文{dot}', '写一首关于春天的诗{dot}', '帮我总结一下这篇文章的要点{dot}',
              '医院门口不让停车{dot}', '学校下周开家长会{dot}', '银行几点关门{dot}', '去公司上班要一个小时{dot}', '上大学很重要{dot}', '各位同志们好{dot}',
              '我想订一张{month}月{num}日的票{dot}', '价格是{num}元，包邮{dot}', '第{num}条 本合同自双方签字之日起生效{dot}', '请在{num}个工作日内完成付款{dot}',
              '温度在{num}度左右，湿度偏高{dot}', '用户登录后可以查看订单{dot}', '孩子上小学{num}年级了{dot}', '评分是4.{num}分，人均消费{num}元{dot}',
              '营业时间是周一至周日11:00-{num}:00{dot}', '请帮我推荐一家评分高一点的{dot}', '好的，那就定这个吧{dot}', '房间里有空调和热水吗{dot}', '时间安排在{ymd}{dot}',
              '安全生产工作要常抓不懈{dot}', '经济增长速度放缓，消费有所回升{dot}', '研究表明，睡眠不足会影响记忆力{dot}', '球队上半场表现不佳{dot}',
              '方便的话给我回个电话{dot}', '程序运行时报错，找不到文件{dot}', '成立于{year}年，注册资本{num}万元{dot}', '男，{num}岁，身高175厘米{dot}'],
    's': [
        # forms
        '{label_name}{sep}{P}', '{label_name}{sep1}{P}，电话{phone}', '{label_name}{sep1}{P} 手机{phone}', '{label_name}{P}，{sex}，{num}岁{dot}',
        '{label_name}{sep1}{P}；地址：{A}', '{P} {phone} {A}', '{P}，{phone}，{A}', '{A} {P}收 {phone}', '收货地址：{A}，{P}，{phone}', '{P}{phone}', '{P} {sex} {num}岁',
        '地址：{A}', '家庭住址{sep1}{A}', '户籍地址：{A}', '通讯地址:{A}', '现住{A}', '住址：{A}，邮编100{num}', '籍贯：{L}', '出生地{sep1}{L}', '工作单位：{O}', '单位{sep1}{O}',
        '毕业院校：{SC}', '就诊医院：{HO}', '开户行：{BK}', '学校：{SC}，专业：{major}', '职务：{post}，所在单位：{O}', '民族：{X}', '政治面貌：{X}', '宗教信仰：{X}', '民族{X}',
        '出生日期：{D}', '出生年月：{D}', '生日{sep1}{D}', '出生于{D}', '生于{D}', '{P}，{D}出生，{X}，{degree}学历，{job}。', '姓名 {P} 性别 {sex} 出生 {D} 住址 {A}',
        '姓名：{P} 性别：{sex} 民族：{X} 出生日期：{D}', '诊断：{H}', '既往史：{H}、{H}', '初步诊断{sep1}{H}', '过敏史：{DR}', '处方：{DR} 每日两次', '手术名称：{PR}',
        '甲方：{O}\u3000法定代表人：{P}', '乙方：{P}，身份证住址：{A}', '致：{P}{title}', '抄送：{P}、{P}、{P}', '参会人员：{P}、{P}、{P}、{P}', '出席：{P} {P} {P}', '主持：{P} 记录：{P}',
        '（{P} {P}）', '记者 {P}', '（记者{P}）', '本报记者 {P} {P} 报道', '责任编辑：{P}', '文/{P} 图/{P}', '{L}讯（记者 {P}）', '新华社{L}{month}月{num}日电（记者{P}、{P}）',
        # résumés and announcements
        '{P}{title}，{D}出生，中国国籍，无境外永久居留权，{degree}学历，{job}。', '{P}先生：{D}出生，{X}，{degree}，{job}。', '{P}女士，中国国籍，{degree}学历，{SC}{major}专业毕业。',
        '{P}：{sex}，{X}，{D}生，{L}人，{year}年{month}月参加工作。', '{P}，{sex}，{D}出生，{L}人，毕业于{SC}。', '{year}年至{year}年在{O}工作，历任{post}、{post}。',
        '{ymd}至今任{O}{post}。', '{ymd}起担任{O}{post}，兼任{O}{post}。', '曾任{O}{post}，现任{O}{post}。', '历任{O}{post}、{post}，{O}{post}。', '{P}现任{O}{post}、{O}{post}。',
        '{ymd}加入{O}，担任{post}。', '{year}年毕业于{SC}，获{degree}学位。', '任命{P}为{O}{post}。', '聘任{P}{title}为公司{post}，任期三年。', '选举{P}、{P}为{O}监事。', '{O}{post}{P}{do}，{common}{common}{dot}',
        '{O}{post}{P}{title}出席了会议。', '{P}当选{O}{post}。', '{P}：中国国籍，{sex}，{num}岁，{degree}。', '{P}，中国国籍，大学本科，历任{O}{post}。', '先后在{O}、{O}任{post}。',
        '任{O}{post}。', '任{O}{dept}{post}，兼{O}{post}。', '兼任{O}党委书记、{post}。', '{year}年任{O}{post}，{year}年任{L}{ORG}{post}。', '在{L}、{L}和{L}举行{dot}', '{L}和{L}{common}{common}{dot}', '访问{L}{dot}', '{common}、{common}、{common}{dot}', '{common}{common}、{common}{common}和{common}{dot}', '{common}{common}，{common}{common}。', '{num}亿{common}，{num}万美元{common}{dot}', '{FC}、{FC}、{FC}晋级{dot}', '{FC}近{num}场{common}{dot}', '{time}我们去{L}{go}{dot}', '去{L}{go}{dot}', '{time}去{L}{go}，{time}回来{dot}', '我在{L}{go}{dot}', '{kin}去{L}{go}了{dot}', '到{L}{go}{dot}', '来{L}{go}的{kin}{dot}', '硕士生导师、博士生导师。', '博士生毕业，博士后研究员。', '特邀研究员，荣誉教授。', '今天小雨转雷阵雨，气温{num}度{dot}', '卫星云图显示{common}{common}{dot}', '银行卡丢了，{common}{common}{dot}', '银监会、证监会{common}{common}{dot}', '{FC}主场{num}比{num}战胜{FC}{dot}', '{FC}{num}-{num}{FC}', '{FC}的{post}{P}{common}{dot}', '{FC}{post}{P}{do}，{common}{common}{dot}', '{FC}vs{FC}', '{P}转会{FC}{dot}', '{FC}{common}{common}{dot}', '{FC}客场{common}，{P}梅开二度{dot}', '{year}年至{year}年，在{O}{dept}任{post}。', '曾先后在{O}、{O}工作。', '曾荣获{L}{common}先进个人称号。', '{P}，曾任{O}党委副书记、纪委书记。', '先后任{O}{dept}{post}、{post}，{dept}{post}。', '享受国务院特殊津贴。', '{P}（{EP}），{sex}，{L}籍，{degree}学历。', '{P}({EP}){do}{dot}', '{EP}{do}，{common}{common}{dot}', '{EP}（{P}）{act}{dot}', '{L}{post}{P}{do}{dot}', '{L}队{post}{P}{common}{dot}', '{P}的{common}{common}{dot}', '{P}{common}思想{dot}', '纪念{P}同志{dot}', '{P}同志{do}，{common}{dot}', '{P}主席{act}{dot}', '{P}的《{common}{common}》{dot}', '《{common}{common}》作者{P}{dot}', '由{P}执导、{P}主演的{common}{dot}', '{P}/{P}{common}{dot}', '{P}vs{P}', '【{P}】：{common}{common}', '{P}:{common}{common}{dot}', '{O}{P}{common}{dot}', '{L}{P}{dot}', '嫁给了{P}{dot}', '{common}电影《{common}》{common}{dot}', '《{common}{common}》{common}{dot}', '{E}{common}{dot}', '打开{E}，{common}{common}{dot}', '{common}{E}{common}{dot}', '用{E}写一个{common}程序{dot}', '请把{E}发给我{dot}', '发表于《{E}{E}》{dot}',
        # chats and letters
        '{talk}，我是{P}{dot}', '我叫{P}，今年{num}岁{dot}', '我叫{P}，来自{L}{dot}', '{P}在吗{dot}', '{P}你好{dot}', '{P}，你{time}有空吗{dot}', '@{P} 请确认一下{dot}', '{talk}，{P}！', '亲爱的{P}：', '尊敬的{P}{title}：',
        '{S}{title}您好，我是{O}的{P}{dot}', '{S}{title}，{time}{common}{dot}', '问一下{S}{title}{dot}', '{S}{title}{time}{act}{dot}', '请{S}{title}签字{dot}', '{S}{title}和{S}{title}{time}{act}{dot}', '给{S}{title}打个电话{dot}',
        '{N}{time}{act}{dot}', '你跟{N}说一声{dot}', '{N}和{N}都来了{dot}', '叫上{N}一起{dot}', '{N}的{thing}在你那儿吗{dot}',
        '{kin}{P}{time}{act}{dot}', '我{kin}叫{P}，在{O}上班{dot}', '我{kin}{P}得了{H}{dot}', '我{kin}确诊了{H}，在{HO}住院{dot}', '{P}是我{kin}{dot}', '我和{kin}{P}住在{A}{dot}', '我{kin}在{L}工作{dot}',
        '{time}我和{P}去了{L}{dot}', '我跟{P}、{P}约好{time}在{L}见面{dot}', '{time}{P}{act}{dot}', '{P}{act}{dot}', '{P}和{P}{act}{dot}', '{P}{do}，{common}{common}{common}{dot}', '{P}把{thing}发给{P}了{dot}', '{thing}交给{P}就行{dot}', '让{P}联系{P}，{phone}{dot}',
        '请联系{P}{title}，电话{phone}{dot}', '麻烦把{thing}寄给{P}，地址是{A}{dot}', '快递寄到{A}{dot}', '他住在{A}{dot}', '我家在{A}，{time}搬的{dot}', '我们公司在{A}{dot}', '送到{A}就行，找{P}{dot}', '约在{A}门口见{dot}',
        '{P}说了话{dot}', '{P}去了超市买东西{dot}', '{P}的{thing}丢了{dot}', '帮{P}订一张去{L}的机票{dot}', '{P}从{L}出发，{time}到{L}{dot}', '给{P}转{num}00块{dot}', '我是{P}的{kin}{dot}', '替我谢谢{P}{dot}', '祝{P}生日快乐{dot}',
        '这事得问{P}{dot}', '听说{P}要去{O}了{dot}', '{P}以前在{O}当{post}{dot}', '{P}推荐我来的{dot}', '你认识{P}吗{dot}', '{P}是谁{dot}', '关于{P}的{thing}，{time}再说{dot}', '我想投诉{O}的{P}{dot}', '为{P}准备一份{thing}{dot}',
        # work
        '{label_name}{P}已确认{dot}', '{post}{P}负责{common}{dot}', '{P}{title}已确认{dot}', '{P}、{P}、{P}{act}{dot}', '会议由{P}主持，{P}、{P}参加{dot}', '{time}的会{P}请假，由{P}代替{dot}', '待办：{P}整理{thing}，{P}联系{O}{dot}',
        '{O}的{P}{time}来谈{common}{dot}', '{O}宣布{common}{common}{dot}', '{O}与{O}签署合作协议{dot}', '就职于{O}{dot}', '供职于{O}，任{post}{dot}', '在{O}工作{num}年{dot}', '我在{O}办理{common}{dot}', '请查一下{O}的信息{dot}', '考入{SC}{dot}', '{SC}的学生{dot}',
        '{SC}{P}同学获得奖学金{dot}', '{P}毕业于{SC}{major}专业{dot}', '{L}{O}{time}{common}{dot}', '从{L}到{L}要{num}个小时{dot}', '{L}的{common}不错{dot}', '在{L}召开{common}会议{dot}', '{L}、{L}、{L}等地{common}{dot}', '我在{L}{dot}', '{time}飞{L}{dot}', '{L}队{num}比{num}战胜{L}队{dot}', '{L}{common}{common}{dot}', '前往{L}{common}{dot}', '{L}人{P}{act}{dot}',
        '{L}市民{P}{do}：“{common}{common}。”', '“{common}{common}，”{P}{do}{dot}', '据{O}消息，{common}{common}{dot}', '{O}认定{P}{common}{dot}', '{P}因{common}被{O}{common}{dot}', '原告{P}诉被告{O}{common}纠纷一案{dot}', '{P}与{O}劳动争议{dot}', '{P}（{sex}，{num}岁）{act}{dot}',
        # health, finance, other
        '{label_name}{P}因{H}{common}{dot}', '患者{P}，{sex}，{num}岁，因“{H}”入院{dot}', '{P}确诊{H}{dot}', '查出来是{H}{dot}', '患有{H}{num}年{dot}', '诊断为{H}{dot}', '得了{H}{dot}', '他有{H}，一直吃{DR}{dot}', '服用{DR}{num}毫克{dot}', '开了{DR}和{DR}{dot}', '吃的{DR}{dot}',
        '做了{PR}{dot}', '{time}在{HO}做了{PR}{dot}', '{P}在{HO}做了{PR}，术后服用{DR}{dot}', '家族有{H}史{dot}', '{H}复查{dot}', '主诉：{num}天前出现{common}，既往{H}{dot}', '我{kin}有{H}，{DR}吃完了{dot}', '{H}患者能不能吃{DR}{dot}', '我怀疑自己有{H}{dot}', '{P}的{H}又犯了{dot}',
        '{F}{dot}', '{P}{F}{dot}', '我{F}，{F}{dot}', '他{F}，{common}{dot}', '客户{F}，申请{common}{dot}', '{P}目前{F}，{F}{dot}', '我{kin}{F}{dot}',
        '他是{X}{dot}', '她是{X}{dot}', '{P}是{X}{dot}', '我{kin}是{X}{dot}', '虔诚的{X}{dot}', '此人{X}{dot}', '他{X}{dot}', '已采集{X}{dot}', '被{X}{dot}', '{X}完成{dot}', '{P}有{X}{dot}', '已经{X}{dot}', '参加过{X}{dot}', '{X}，{degree}学历{dot}',
        '{P}（{EP}）{common}{dot}', '和{P}去了{common}{dot}', '我和{kin}{P}去了{common}{dot}', '{kin}{P}{common}{dot}', '{common}{EP}{common}{dot}', '{common}{common}{EP}{do}{dot}', '{EP}{common}{common}{dot}', '{EP}和{EP}{common}{dot}', '{common}的{EP}{common}，{common}{dot}', '主持人：{EP}、{P}', '{L}选手{EP}{common}{dot}', '{post}{EP}{do}，{common}{dot}', '首相{P}{common}{dot}', '{L}总统{P}{common}{dot}', '{L}总理{P}{do}{dot}', '{P}主义{common}{dot}', '纪念{P}{common}{dot}', '学习{P}{common}{dot}', '《{P}》{common}{dot}',
        # between any words
        '{common}{P}{common}{dot}', '{common}{common}{P}{common}{common}{dot}', '{common}{O}{common}{dot}', '{common}{common}{O}{common}{dot}', '{common}{L}{common}{dot}', '{common}，{P}{common}，{common}{dot}', '{common}{P}、{P}和{P}{common}{dot}', '{common}的{P}{common}{dot}', '{P}{common}{common}{dot}', '{P}，{common}{common}{dot}',
        '{O}{common}{common}{dot}', '{common}{common}{common}{common}{dot}', '{common}{common}{common}，{common}{common}{dot}', '{common}{common}{common}{common}{common}{common}{dot}', '{common}的{common}{common}{common}，{common}{common}{common}{dot}', '“{common}{common}”{common}{common}{dot}', '{common}{P}（{common}）{common}{dot}', '{common}{S}{title}{common}{dot}',
        '{common}了{common}，{common}着{common}{dot}', '{common}在{common}{common}{dot}', '不{common}也{common}{dot}', '{common}是{common}的{common}{dot}',
    ],
}
