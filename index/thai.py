"""Cut Thai into sentences: it has no full stops, and white space around clauses, names and numbers alike.

Words at both sides of a space and the lengths of the clauses decide. An end that is not certain is left out.
"""

import re
from itertools import pairwise

from index.types import Span

_MIN_LENGTH = 30  # code points of a sentence that a certain end closes
_MIN_LENGTH_BETWEEN_CLAUSES = 90  # code points of a sentence that ends at the next clause
_MIN_CLAUSE = 20  # code points; what is shorter is a name, a number or a part of a list

# besides, however, later, therefore, meanwhile, after that, at present, recently, finally, he, she, they, this is,
# for example, although, in other words, in this case
_STARTS = re.compile(
    "นอกจากนี้|นอกจากนั้น|อย่างไรก็|แต่อย่างไรก็|ต่อมา|ทั้งนี้|ทั้งนั้น|ดังนั้น|เพราะฉะนั้น|ด้วยเหตุนี้|ขณะเดียวกัน|ในขณะเดียวกัน|หลังจากนั้น"
    "|จากนั้น|ต่อจากนั้น|ปัจจุบัน|ในปัจจุบัน|ขณะนี้|ล่าสุด|ก่อนหน้านี้|ในที่สุด|เขา|เธอ|พวกเขา|พวกเรา|นี่คือ|เรื่องนี้|ในกรณีนี้|ตัวอย่าง"
    "|แม้ว่า|ถึงแม้|กล่าวคือ|ทว่า|ในทางกลับกัน|ระหว่างนั้น|ในระหว่างนั้น"
)
# as well, and so on, likewise, polite particles, only, respectively
_ENDS = re.compile("(?:อีกด้วย|เป็นต้น|เช่นกัน|ครับ|ค่ะ|เท่านั้น|ตามลำดับ)$")
# and, or, which, that, but, because, such as, of, from, in, when, and verbs that follow a subject
_GOES_ON = re.compile(
    "และ|หรือ|ที่|ซึ่ง|อัน|โดย|เพื่อ|ว่า|จึง|แต่|ก็|คือ|ได้|เช่น|กับ|ของ|จาก|จน|ทำ|รวม|พร้อม|ให้|แล้ว|ต่อ|ถึง|เนื่องจาก|เพราะ|ตาม|แก่|ด้วย"
    "|เป็น|มี|ไม่|จะ|ถูก|อยู่|ใน|บน|ณ|ทั้ง|ตลอด|แทน|ระหว่าง|ขณะที่|กว่า|ก่อน|หลังจาก|เมื่อ|ตั้งแต่|ไป|มา|ๆ|ฯ|นำ|เชื่อ|กล่าว|ระบุ|เปิด|ยืนยัน"
    "|เสนอ|คิด|ช่วย|ใช้|แสดง|ตัดสิน|ประกาศ|พบ|เกิด|เริ่ม|สามารถ|ต้อง|ควร|อาจ|เคย|กำลัง|ยัง|เพิ่ม|ลด|เสียชีวิต|เดินทาง|เข้า|ออก|กลับ|ส่ง|รับ"
    "|จัด|สร้าง|ขึ้น|ลง|พัฒนา|เรียก|หมาย|ประกอบ|กลาย|ปกติ|แปล|ผู้|อายุ"
)
_UNFINISHED = re.compile(
    "(?:และ|หรือ|ที่|ซึ่ง|โดย|เพื่อ|ว่า|คือ|ได้แก่|เช่น|กับ|ของ|จาก|เป็น|ใน|ชื่อ|เมื่อ|เรื่อง|แต่|ตั้งแต่|ถึง|ประมาณ|ราว|กว่า|ปี|วันที่|อันดับ"
    "|ระหว่าง|สำหรับ|แก่|ต่อ|ให้|หลายๆ|ฯ)$"
)
_SPACE = re.compile(r"\s+")
_THAI = re.compile("[\u0e01-\u0e4e]")
_BRACKET = re.compile(r"[(\[“«)\]”»\"]")


def sentences(text: str, within: Span) -> list[Span]:
    """Return the sentences of the span `within`, trimmed of white space, in order and covering it."""
    clauses = _clauses(text, within)
    spans: list[Span] = []
    start = within[0]
    for before, after in pairwise(clauses):
        if _ends(text[before[0] : before[1]], text[after[0] : after[1]], before[1] - start):
            spans.append((start, before[1]))
            start = after[0]
    return [*spans, (start, within[1])]


def _ends(before: str, after: str, length: int) -> bool:
    """Return whether a sentence of `length` code points ends between two clauses."""
    if length < _MIN_LENGTH or _UNFINISHED.search(before):
        return False
    if _STARTS.match(after):
        return True
    if _GOES_ON.match(after):
        return False
    long = length >= _MIN_LENGTH_BETWEEN_CLAUSES and min(len(before), len(after)) >= _MIN_CLAUSE
    return long or _ENDS.search(before) is not None


def _clauses(text: str, within: Span) -> list[Span]:
    """Return the runs between spaces that have Thai at both sides and are not in brackets or quotation marks."""
    start, end = within
    clauses: list[Span] = []
    seen, depth, quoted = start, 0, False
    for space in _SPACE.finditer(text, start, end):
        for mark in _BRACKET.findall(text, seen, space.start()):
            if mark == '"':
                quoted = not quoted
            else:
                depth = depth + 1 if mark in "([“«" else max(depth - 1, 0)
        seen = space.end()
        if depth or quoted or not _THAI.match(text, seen):
            continue
        if _THAI.match(text, space.start() - 1) or text[space.start() - 1] in ')]”»"':
            clauses.append((start, space.start()))
            start = seen
    return [*clauses, (start, end)]
