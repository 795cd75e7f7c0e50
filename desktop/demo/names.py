"""Names that people could have; nobody is meant. Each as written, in kana, and (families) as in a mail address."""

from typing import NamedTuple


class FamilyName(NamedTuple):
    written: str
    kana: str
    latin: str


class GivenName(NamedTuple):
    written: str
    kana: str


def _families(text: str) -> tuple[FamilyName, ...]:
    return tuple(FamilyName(*entry.split("/")) for entry in text.split())


def _given(text: str) -> tuple[GivenName, ...]:
    return tuple(GivenName(*(part.replace("_", " ") for part in entry.split("/"))) for entry in text.split())


JAPANESE_FAMILIES = _families("""
佐藤/サトウ/sato 鈴木/スズキ/suzuki 高橋/タカハシ/takahashi 髙橋/タカハシ/takahashi 田中/タナカ/tanaka
伊藤/イトウ/ito 渡辺/ワタナベ/watanabe 渡邉/ワタナベ/watanabe 山本/ヤマモト/yamamoto 中村/ナカムラ/nakamura
小林/コバヤシ/kobayashi 加藤/カトウ/kato 吉田/ヨシダ/yoshida 山田/ヤマダ/yamada 佐々木/ササキ/sasaki
山口/ヤマグチ/yamaguchi 松本/マツモト/matsumoto 井上/イノウエ/inoue 木村/キムラ/kimura 林/ハヤシ/hayashi
斎藤/サイトウ/saito 齋藤/サイトウ/saito 清水/シミズ/shimizu 山崎/ヤマザキ/yamazaki 山﨑/ヤマサキ/yamasaki
森/モリ/mori 池田/イケダ/ikeda 橋本/ハシモト/hashimoto 阿部/アベ/abe 石川/イシカワ/ishikawa
前田/マエダ/maeda 藤田/フジタ/fujita 後藤/ゴトウ/goto 岡田/オカダ/okada 長谷川/ハセガワ/hasegawa
村上/ムラカミ/murakami 近藤/コンドウ/kondo 石井/イシイ/ishii 坂本/サカモト/sakamoto 遠藤/エンドウ/endo
青木/アオキ/aoki 藤井/フジイ/fujii 西村/ニシムラ/nishimura 福田/フクダ/fukuda 太田/オオタ/ota
三浦/ミウラ/miura 藤原/フジワラ/fujiwara 岡本/オカモト/okamoto 松田/マツダ/matsuda 中島/ナカジマ/nakajima
中川/ナカガワ/nakagawa 原田/ハラダ/harada 小野/オノ/ono 田村/タムラ/tamura 竹内/タケウチ/takeuchi
金子/カネコ/kaneko 和田/ワダ/wada 中山/ナカヤマ/nakayama 石田/イシダ/ishida 上田/ウエダ/ueda
森田/モリタ/morita 柴田/シバタ/shibata 酒井/サカイ/sakai 工藤/クドウ/kudo 横山/ヨコヤマ/yokoyama
宮崎/ミヤザキ/miyazaki 宮本/ミヤモト/miyamoto 内田/ウチダ/uchida 高木/タカギ/takagi 安藤/アンドウ/ando
島田/シマダ/shimada 谷口/タニグチ/taniguchi 大野/オオノ/ono 丸山/マルヤマ/maruyama 今井/イマイ/imai
𠮷野/ヨシノ/yoshino 河野/コウノ/kono 藤本/フジモト/fujimoto 村田/ムラタ/murata 武田/タケダ/takeda
""")
JAPANESE_GIRLS = _given("""
陽菜/ヒナ 結衣/ユイ 葵/アオイ さくら/サクラ 凛/リン 美咲/ミサキ 花/ハナ 莉子/リコ 芽依/メイ 心春/コハル 紬/ツムギ
咲良/サラ 琴音/コトネ 楓/カエデ 結菜/ユナ 杏/アン 美月/ミツキ 彩花/アヤカ 千尋/チヒロ すみれ/スミレ ひかり/ヒカリ
和奏/ワカナ 柚希/ユズキ 小春/コハル 優奈/ユナ 梨花/リンカ 桃子/モモコ 奈々/ナナ 詩/ウタ 澪/ミオ
""")
JAPANESE_BOYS = _given("""
蓮/レン 陽翔/ハルト 湊/ミナト 大和/ヤマト 樹/イツキ 悠真/ユウマ 蒼/アオ 颯太/ソウタ 海/カイ 律/リツ 朝陽/アサヒ
大翔/ヒロト 新/アラタ 健太/ケンタ 翔/ショウ 陸/リク 奏/カナデ 悠人/ユウト 拓海/タクミ 晴/ハル 一樹/カズキ
航/ワタル 智也/トモヤ 直人/ナオト 涼/リョウ 隼/ハヤト 光/ヒカル 優太/ユウタ 匠/タクミ 昴/スバル
""")
JAPANESE_MOTHERS = _given("""
美穂/ミホ 由美/ユミ 恵/メグミ 香織/カオリ 直美/ナオミ 真由美/マユミ 智子/トモコ 裕子/ユウコ 久美子/クミコ
麻衣/マイ 愛/アイ 千春/チハル 綾/アヤ 恵子/ケイコ 理恵/リエ 幸子/サチコ 典子/ノリコ 明美/アケミ 早苗/サナエ 薫/カオル
""")
JAPANESE_FATHERS = _given("""
健一/ケンイチ 誠/マコト 大輔/ダイスケ 隆/タカシ 浩二/コウジ 剛/ツヨシ 直樹/ナオキ 哲也/テツヤ 和也/カズヤ 学/マナブ
修/オサム 亮/リョウ 達也/タツヤ 洋平/ヨウヘイ 拓也/タクヤ 正人/マサト 豊/ユタカ 聡/サトシ 進/ススム 博/ヒロシ
""")

VIETNAMESE_FAMILIES = _families("""
Nguyễn/グエン/nguyen Trần/チャン/tran Lê/レー/le Phạm/ファム/pham Hoàng/ホアン/hoang Võ/ヴォー/vo Đặng/ダン/dang
Bùi/ブイ/bui Đỗ/ドー/do
""")
VIETNAMESE_CHILDREN = _given("""
Minh_Anh/ミンアン Bảo_An/バオアン Gia_Huy/ザーフイ Khánh_Linh/カインリン Tuấn_Kiệt/トゥアンキエット Ngọc_Mai/ゴックマイ
Đức_Long/ドゥックロン Thảo_My/タオミー Hải_Đăng/ハイダン Phương_Vy/フオンヴィー
""")
VIETNAMESE_MOTHERS = _given(
    "Thị_Lan/ティラン Thị_Hương/ティフオン Thu_Hà/トゥーハー Thị_Mai/ティマイ Kim_Oanh/キムオアン"
)
VIETNAMESE_FATHERS = _given("Văn_Hùng/ヴァンフン Quốc_Bảo/クオックバオ Văn_Nam/ヴァンナム Đình_Phúc/ディンフック")

ENGLISH_FAMILIES = _families("Santos/サントス/santos Reyes/レイエス/reyes Carter/カーター/carter Okoro/オコロ/okoro")
ENGLISH_CHILDREN = _given("Mia/ミア Noah/ノア Grace/グレース Liam/リアム Ella/エラ Mateo/マテオ")
ENGLISH_MOTHERS = _given("Maria/マリア Anna/アンナ Joy/ジョイ")
ENGLISH_FATHERS = _given("Daniel/ダニエル Mark/マーク Samuel/サミュエル")
