# SPDX-License-Identifier: Apache-2.0
"""Words by which people look for a question, where the question says it otherwise.

Search words only: nothing here is an answer. Each line belongs to the question of that number.
"""

from __future__ import annotations

from gongji.advice.relations import KIN

SEARCHED: dict[int, str] = {
    1: "绑定家人 添加家人 添加成员 加人 绑卡 怎么开通 开通共济 办共济 办理流程 怎么办理 怎么授权 "
    "怎么共享 共享医保 共享账户 家庭账户 共济账户 小程序 支付宝 微信 国家医保服务平台 医保码 "
    "激活 人脸识别 家庭共济是什么 什么是家庭共济 有什么用 怎么用 刷脸 换手机 老人不会用手机 "
    "没有手机 线下办理 窗口办理 代办 bind add family app enrol set up",
    2: "先扣 先扣谁 先用谁 谁先付 扣款顺序 支付顺序 顺序 优先 自己的先用 本人账户 余额为0 "
    "余额为零 余额0 零余额 余额用完 余额不足 没有余额 账户没钱 没钱了 花完了 用完了 扣谁的钱 "
    "first order empty account",
    3: "交医保 缴医保 交保费 缴保费 代缴 代交 帮父母交 帮孩子交 给父母缴费 给孩子缴费 居民医保 "
    "城乡居民 新农合 农村医保 合作医疗 缴费 保费 税务 重复缴费 交重了 缴错 pay premium "
    "children parents",
    4: "近亲属 直系亲属 亲属 亲戚 家属 家庭成员 家人有哪些 父母 子女 兄弟姐妹 公婆 岳父母 丈人 "
    "丈母娘 媳妇 儿媳妇 婆家 娘家 叔叔 舅舅 姑姑 阿姨 侄子 外甥 表兄弟 继父 继母 继子 养父 "
    "养母 养子 未婚夫 女朋友 男朋友 同居 几个人 几人 人数 最多绑 能绑几 名额 关系证明 结婚证 "
    "出生证 relative relatives grandson granddaughter grandchild mother-in-law father-in-law "
    "wife husband brother sister uncle how many",
    5: "亲情账户 亲情号 亲情卡 代出示 刷谁的卡 用谁的卡 谁的医保卡 医保卡 社保卡 借卡 借医保卡 "
    "用家人的卡 丢了 丢卡 医保卡丢 挂失 补卡 密码 冒名 冒用 盗刷 骗保 违法 电子凭证 "
    "医保电子凭证 card whose code impersonation",
    6: "异地 外地 跨省 跨市 省外 省内 老家 异地就医 异地共济 钱包 医保钱包 不在一个地方 "
    "不在同一个城市 外省父母 other province other city wallet elsewhere",
    7: "先扣谁 先扣谁的 多位授权人 多个授权人 几个人绑定 几个孩子 都绑定了 多人共济 扣款次序 "
    "谁先扣 平摊 平均扣 several givers order",
    8: "限额 额度 上限 设额度 设限额 限制 最多用多少 每天多少 每次多少 全部用完 留余额 保留余额 "
    "留多少钱 往年 历年 当年 去年的钱 limit floor retained balance",
    9: "报销 报销比例 报销比例会变 能报多少 按谁的比例 报得多 影响报销 待遇 会不会少报 ratio "
    "benefits reimbursement",
    10: "绑定失败 绑定不了 绑不上 绑不了 绑不成功 添加失败 授权失败 不能绑定 查不到人 信息不符 "
    "姓名不符 拒绝 被拒绝 通不过 审核不过 户口 户口不在一起 不在一个户口本 已被绑定 已经绑定 "
    "系统错误 报错 未参保 不能授权 failed fails cannot bind error",
    11: "不想给了 反悔 后悔 撤回 没经过我同意 未经同意 被扣钱 扣了我的钱 乱扣 盗用 解绑 取消 退出 "
    "解除 解除绑定 解除授权 取消绑定 取消授权 取消共济 退出共济 退出家庭 关闭共济 终止 "
    "撤销授权 换绑 换人 改绑 重新绑定 多久生效 何时生效 生效时间 unbind cancel remove end "
    "stop",
    12: "没扣 没有扣 扣不了 不能扣 没用上 没扣家人 没扣成功 用不了 付不了 不能用 不能支付 "
    "支付失败 扣费失败 为什么自费 还要付现金 现金 有钱不能用 有余额 余额为0才 余额为零才 "
    "nothing deducted not used cash",
    13: "药店 药房 买药 代买药 帮买药 替买药 网上买药 网购药 外卖药 处方 保健品 口罩 血压计 "
    "体温计 医疗器械 pharmacy medicine drugs buy for",
    14: "预交金 口腔 牙套 住院 住院费 住院押金 押金 出院 手术 床位费 护工 体检 疫苗 打疫苗 牙科 "
    "看牙 种牙 洗牙 补牙 矫正 眼镜 配眼镜 美容 整形 健身 按摩 月子中心 不能用在 不能付 "
    "hospital stay deposit vaccine dentist",
    15: "孩子 小孩 儿童 宝宝 婴儿 新生儿 刚出生 出生 未成年 学生 小朋友 双胞胎 二胎 户口本 child "
    "children baby newborn",
    16: "夫妻 夫妻互绑 互绑 互相绑定 互相 相互 两口子 双方 双职工 老公老婆 反过来 couple each "
    "other mutual",
    17: "去世 死亡 过世 身故 死了 人没了 亡故 继承 遗产 取出来 销户 丧葬 余额取出 账户继承 death "
    "died dead inherit heir",
    18: "断了 医保断了 换城市 换地方 停保 断缴 断保 断交 欠费 中断 停缴 没交 换工作 跳槽 换单位 "
    "离职 辞职 失业 下岗 调动 搬家 转移 转走 医保转移 转医保 参保地 迁户口 出国 恢复缴费 续保 "
    "补缴 stopped paying lost job changed jobs moved",
    19: "转不出去 转账失败 转不了 退回来 钱退回 钱包转账 转钱 转账 接收 不到账 没到账 没收到 "
    "钱包额度 transfer refused returned came back",
    20: "退费 退钱 退款 退药 退号 退到哪 钱退到 退回原账户 原路退回 撤销结算 refund money back",
    21: "算不算起付线 计入起付线 起付线 累计 门槛费 门槛 count deductible",
    22: "离婚 离婚后 前夫 前妻 复婚 分居 感情破裂 抚养权 divorce divorced ex-wife ex-husband",
    23: "部分退费 部分退 退一部分 退一半 只退 partial refund",
    24: "取整 分摊 凑整 几分钱 一分钱 四舍五入 rounding",
    25: "同时 同时用 同时结算 重复扣 多扣 扣两次 重复扣款 扣多了 扣重了 at once twice",
    26: "过期 到期 有效期 住院期间 期限 授权期限 续期 expired expires validity",
    27: "补报 补付 二次报销 重新结算 多退少补 后来报销 fund pays later",
    28: "查记录 查明细 隐私 看到 看得到 看见 知道我看什么病 查看记录 消费记录 明细 被家人知道 "
    "通知 privacy see records",
}

_KIN_QUESTION = 4  # whoever names a relative asks who counts as one


def words_of(number: int) -> tuple[str, ...]:
    """Words that people use for a question; none for a number without any."""
    words = tuple(SEARCHED.get(number, "").split())
    return (*words, *sorted(KIN)) if number == _KIN_QUESTION else words
