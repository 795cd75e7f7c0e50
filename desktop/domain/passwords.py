"""What a password must be like: long enough, and not among the first that anybody would try."""

import unicodedata

SHORTEST = 8
LONGEST = 128

_COMMON = frozenset(
    """
    password passwort pass passwd pwd passcode passphrase parola motdepasse contrasena secret secrets private
    himitsu angou ansho anshou pasuwado pasuwaado matkhau mypassword thepassword newpassword oldpassword
    changeme changeit change letmein letmeinplease welcome welcometo welcomeback hello helloworld konnichiwa
    ohayou arigatou yoroshiku onegai onegaishimasu hajimemashite sayonara xinchao camon
    admin administrator administrators root sysadmin superuser user users username login signin guest test
    tester testing demo sample example default initial temp temporary trial office desk computer pasokon
    internet network server system systems database windows microsoft google gmail apple iphone android line
    linecorp facebook twitter instagram youtube yahoo amazon rakuten docomo softbank renraku renrakumou
    renrakucho oshirase school schools gakkou gakko shougakkou shogakko chuugakkou chugakko koukou youchien
    yochien hoikuen daigaku kyouiku kyoiku iinkai kyouikuiinkai sensei kyoutou kouchou jimu jimushitsu
    shokuin shokuinshitsu kyoushitsu classroom teacher teachers student students principal headmaster
    education classes seito jidou hogosha parents family truonghoc giaovien hocsinh phuhuynh city cityhall
    shiyakusho yakusho kuyakusho shichou japan nippon nihon tokyo toukyou kyoto osaka oosaka hiroshima fukuoka
    nagoya sapporo sendai kobe yokohama vietnam hanoi saigon danang huongthuy thanhpho
    sakura hanami fujisan samurai ninja karate judo kendo sumo sushi ramen tempura onigiri matcha
    pokemon pikachu doraemon totoro naruto onepiece dragonball kitty hellokitty anpanman conan
    taro hanako tarou yamada tanaka suzuki satou sato takahashi watanabe nakamura kobayashi nguyen tranvan
    soccer football baseball basketball tennis yakyuu sakkaa hanshin tigers giants carp dragon dragons monkey
    panda tiger lion eagle shadow master mastermind superman batman spiderman starwars princess prince queen
    king angel angels flower flowers sunshine summer winter spring autumn haru natsu aki fuyu january april
    monday friday love loveyou iloveyou iloveu lovely aishiteru daisuki anhyeuem emyeuanh happy smile lucky
    freedom whatever nothing anything trustno trustnoone computer access opensesame open sesame please thanks
    qwerty qwertyuiop qwertyui asdfgh asdfghjk asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc qweasd qweasdzxc
    abc abcd abcde abcdef abcdefg abcdefgh aiueo abcabc aabbcc xyz
    """.split()  # noqa: SIM905 - words are easier to read than quotes
)  # fmt: skip
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_LEET = str.maketrans("013457@$", "oleastas")


def normalised(password: str) -> str:
    """The same for every way of typing it: an input method may give full-width letters."""
    return unicodedata.normalize("NFKC", password)


def problem_with(password: str, login: str = "") -> str | None:
    """Why a password is refused (`password.too_short`, `.too_long`, `.is_login`, `.common`), or None."""
    text = normalised(password)
    if len(text) < SHORTEST:
        return "password.too_short"
    if len(text) > LONGEST:
        return "password.too_long"
    plain = text.casefold()
    if login and _core(plain) == _core(normalised(login).casefold()):
        return "password.is_login"
    return "password.common" if _is_common(plain) else None


def _core(text: str) -> str:
    """What is left of `Tanaka-2026!` without the figures and signs around it."""
    return text.strip("0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ") or text


def _is_common(plain: str) -> bool:
    core = _core(plain)
    if plain in _COMMON or core in _COMMON or core.translate(_LEET) in _COMMON:
        return True
    if len(set(plain)) <= 2:
        return True
    half = plain[: len(plain) // 2]
    once = half if half * 2 == plain else plain
    return any(once in row or once[::-1] in row for row in _ROWS)
