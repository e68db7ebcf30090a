"""Bytes of a table or a file name as text: which encoding it is, as far as that can be told."""

import re
import unicodedata

# Letters that are frequent in names, to tell two encodings apart in which the same bytes are letters of either.
FREQUENT = {
    "gb18030": "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
    "明伟芳娜秀英敏静丽强磊军洋勇艳杰小文华建国红玉梅学号姓名组",
    "cp949": "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우"
    "구민진지수영현준연은원학번름조",
}


def decoded(data: bytes) -> tuple[str, str]:
    """Return (text, encoding) of bytes; raises UnicodeError where no encoding fits.

    A byte order mark and valid UTF-8 leave no doubt. Other bytes are Chinese or Korean (gb18030, cp949) where the
    high ones come in pairs as their letters do, else Western European (cp1252): a guess, which the caller tells.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding), encoding
    if data[:400].count(0) > len(data[:400]) // 4:
        encoding = "utf-16-le" if data[1::2].count(0) >= data[::2].count(0) else "utf-16-be"
        return data.decode(encoding), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        encoding = _guessed(data)
        return data.decode(encoding), encoding


def _guessed(data):
    runs = [len(run) for run in re.findall(rb"[\xa1-\xfe]+", data)]
    pairs = all(length % 2 == 0 for length in runs) and not re.search(rb"[\x80-\xa0\xff]", data)
    if not pairs or re.search(rb"[A-Za-z][\xa1-\xfe]|[\xa1-\xfe][A-Za-z]", data):
        return "cp1252"
    scores = {}
    for encoding, frequent in FREQUENT.items():
        try:
            letters = [c for c in data.decode(encoding) if ord(c) > 127]
        except UnicodeDecodeError:
            continue
        if all(unicodedata.category(c) == "Lo" for c in letters):
            scores[encoding] = sum(c in frequent for c in letters) / len(letters)
    return max(scores, key=scores.get) if scores else "cp1252"


def folded(text: str) -> str:
    """Return a text as names are compared: letters and digits, without case, accents and other signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "".join(c if c.isalnum() else " " for c in plain))
