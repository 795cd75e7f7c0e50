"""The families of one small school, as a roster file of the school's own."""

from pathlib import Path

LINE_IDS = tuple(f"U{number:032x}" for number in range(5))
ROSTER = f"""\
児童コード,学年,組,出席番号,氏名,ふりがな,生年月日,部活動,\
保護者1氏名,保護者1メール,保護者1LINE,保護者1言語,保護者2氏名,保護者2メール
0001,3,1,1,青木 陽菜,あおき ひな,2017-06-14,,青木 恵,aoki@mail.example,{LINE_IDS[0]},ja,青木 修,osamu@mail.example
0002,3,1,2,Nguyễn An,ぐえん あん,2017-05-02,,Nguyễn Lan,lan@mail.example,,vi,,
0003,3,2,1,井上 海,いのうえ かい,2017-09-30,,井上 薫,inoue..kaoru@docomo.test,{LINE_IDS[1]},ja,,
0004,3,2,2,青木 湊,あおき みなと,2018-01-20,,青木 恵,aoki@mail.example,{LINE_IDS[0]},ja,,
0005,5,1,3,岡本 蓮,おかもと れん,2015-07-07,サッカー部,岡本 典子,,{LINE_IDS[2]},ja,,
0006,6,1,8,村上 楓,むらかみ かえで,2014-04-04,,村上 茂,murakami@mail.example,{LINE_IDS[3]},ja,,
"""
MAILS = ["aoki@mail.example", "inoue..kaoru@docomo.test", "lan@mail.example", "osamu@mail.example"]
"""The addresses of both third classes and the football club: each once, though two children share one."""
LINES = {LINE_IDS[0]: 1, LINE_IDS[1]: 1, LINE_IDS[2]: 1}


def write_roster(file: Path) -> Path:
    file.write_text(ROSTER, encoding="utf-8-sig")
    return file
