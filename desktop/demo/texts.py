"""What the practice city's schools write. In three languages because families read them, not the person at the desk."""

from collections.abc import Mapping

from desktop.domain.notices import NoticeText

Texts = Mapping[str, NoticeText]

EXCURSION: Texts = {
    "ja": NoticeText(
        "遠足の延期",
        "明日の遠足は、雨の予報のため来週の金曜日に延期します。\n"
        "明日は通常どおり授業を行いますので、給食の用意と時間割どおりの持ち物をお願いします。\n"
        "お弁当は来週の金曜日にお持たせください。",
    ),
    "en": NoticeText(
        "School trip postponed",
        "Because rain is forecast, tomorrow's trip is moved to Friday of next week.\n"
        "Tomorrow is a normal school day with school lunch. Please pack a lunch box on Friday of next week instead.",
    ),
    "vi": NoticeText(
        "Hoãn buổi dã ngoại",
        "Vì dự báo có mưa, buổi dã ngoại ngày mai được dời sang thứ Sáu tuần sau.\n"
        "Ngày mai các em học bình thường và ăn trưa tại trường. Xin chuẩn bị cơm hộp vào thứ Sáu tuần sau.",
    ),
}
CLOSURE: Texts = {
    "ja": NoticeText(
        "大雨による臨時休校",
        "大雨警報が出ているため、本日は臨時休校とします。\n生徒は自宅で過ごし、川や用水路に近づかないようにしてください。",
    ),
    "en": NoticeText(
        "School closed today: heavy rain",
        "A heavy rain warning is in force, so the school is closed today.\n"
        "Students stay at home and keep away from rivers and ditches.",
    ),
    "vi": NoticeText(
        "Nghỉ học hôm nay vì mưa lớn",
        "Vì có cảnh báo mưa lớn, hôm nay trường nghỉ học.\nCác em ở nhà và không đến gần sông, kênh mương.",
    ),
}
DISMISSAL: Texts = {
    "ja": NoticeText(
        "下校時刻の変更",
        "教員の研修のため、下校時刻を14時30分に早めます。\n放課後児童クラブは通常どおり開いています。",
    ),
    "en": NoticeText(
        "Children go home earlier",
        "Because of teacher training, children go home at 14:30.\nThe after-school club is open as usual.",
    ),
    "vi": NoticeText(
        "Thay đổi giờ tan học",
        "Do giáo viên tập huấn, các em tan học lúc 14:30.\nCâu lạc bộ sau giờ học vẫn mở như thường lệ.",
    ),
}
CONCERT: Texts = {
    "ja": NoticeText(
        "吹奏楽部の演奏会",
        "吹奏楽部の演奏会を体育館で行います。保護者の皆さまもどうぞお越しください。\n開場は13時、開演は13時30分です。",
    ),
    "en": NoticeText(
        "Brass band concert",
        "The brass band plays in the gymnasium. Parents are welcome.\n"
        "Doors open at 13:00, the concert begins at 13:30.",
    ),
}
LUNCH: Texts = {
    "ja": NoticeText("お弁当の日について", "来月のお弁当の日は、行事の予定に合わせて"),
}
MARATHON: Texts = {
    "ja": NoticeText(
        "持久走大会のお知らせ",
        "持久走大会を校庭で行います。体操服と水筒をお持たせください。\n応援に来られる方は、正門からお入りください。",
    ),
}
