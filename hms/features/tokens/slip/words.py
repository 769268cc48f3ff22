"""The slip's own words in the languages of the wall; digits stay Latin, as on the wall."""

from __future__ import annotations

RIGHT_TO_LEFT = frozenset({"ar", "ur"})

_KEYS = (
    "first", "one", "people", "wait", "go", "follow", "reprint", "paper", "room",
    "emergency", "elderly", "pregnant", "disabled", "child", "staff", "appointment",
)  # fmt: skip

_TEXTS: dict[str, tuple[str, ...]] = {
    "en": ("You are next", "1 person before you", "{n} people before you", "Wait about {a}–{b} min",
           "Please go to {room}", "Scan to follow your place", "REPRINT", "Number on paper", "Room {n}",
           "Emergency", "Older patient", "Pregnant", "Disabled", "Child", "Staff", "Appointment"),
    "es": ("Es el siguiente", "1 persona antes que usted", "{n} personas antes que usted",
           "Espera de unos {a}–{b} min", "Diríjase a {room}", "Escanee para seguir su turno",
           "COPIA", "Número en papel", "Sala {n}",
           "Urgencia", "Persona mayor", "Embarazada", "Discapacidad", "Niño", "Personal", "Cita"),
    "fr": ("Vous êtes le suivant", "1 personne avant vous", "{n} personnes avant vous",
           "Attente d’environ {a}–{b} min", "Veuillez aller : {room}", "Scannez pour suivre votre tour",
           "DUPLICATA", "Numéro sur papier", "Salle {n}",
           "Urgence", "Personne âgée", "Enceinte", "Handicap", "Enfant", "Personnel", "Rendez-vous"),
    "pt": ("É o próximo", "1 pessoa antes de si", "{n} pessoas antes de si", "Espera de cerca de {a}–{b} min",
           "Dirija-se a {room}", "Leia o código para seguir a sua vez", "SEGUNDA VIA", "Número em papel", "Sala {n}",
           "Urgência", "Idoso", "Grávida", "Deficiência", "Criança", "Pessoal", "Consulta marcada"),
    "de": ("Sie sind als Nächstes dran", "1 Person vor Ihnen", "{n} Personen vor Ihnen",
           "Wartezeit etwa {a}–{b} Min.", "Bitte gehen Sie zu {room}", "Scannen, um Ihren Platz zu sehen",
           "NACHDRUCK", "Nummer auf Papier", "Raum {n}",
           "Notfall", "Ältere Person", "Schwanger", "Behinderung", "Kind", "Personal", "Termin"),
    "hi": ("अब आपकी बारी है", "आपसे पहले 1 व्यक्ति", "आपसे पहले {n} व्यक्ति", "लगभग {a}–{b} मिनट प्रतीक्षा",
           "कृपया {room} में जाएँ", "अपनी बारी देखने के लिए स्कैन करें", "दोबारा छपी", "काग़ज़ का नंबर", "कमरा {n}",
           "आपातकाल", "वरिष्ठ नागरिक", "गर्भवती", "दिव्यांग", "बच्चा", "कर्मचारी", "अपॉइंटमेंट"),
    "bn": ("এবার আপনার পালা", "আপনার আগে 1 জন", "আপনার আগে {n} জন", "প্রায় {a}–{b} মিনিট অপেক্ষা",
           "অনুগ্রহ করে {room}-এ যান", "আপনার স্থান দেখতে স্ক্যান করুন", "পুনর্মুদ্রণ", "কাগজের নম্বর", "কক্ষ {n}",
           "জরুরি", "প্রবীণ", "গর্ভবতী", "প্রতিবন্ধী", "শিশু", "কর্মী", "অ্যাপয়েন্টমেন্ট"),
    "ar": ("أنت التالي", "شخص واحد قبلك", "عدد من قبلك: {n}", "الانتظار نحو {a}–{b} دقيقة",
           "يرجى التوجه إلى {room}", "امسح الرمز لمتابعة دورك", "نسخة مكررة", "رقم ورقي", "غرفة {n}",
           "طوارئ", "كبير السن", "حامل", "ذو إعاقة", "طفل", "موظف", "موعد"),
    "ur": ("اب آپ کی باری ہے", "آپ سے پہلے 1 فرد", "آپ سے پہلے {n} افراد", "انتظار تقریباً {a}–{b} منٹ",
           "براہِ کرم {room} تشریف لے جائیں", "اپنی باری دیکھنے کے لیے اسکین کریں", "دوبارہ چھپا", "کاغذ کا نمبر", "کمرہ {n}",
           "ہنگامی", "بزرگ", "حاملہ", "معذور", "بچہ", "عملہ", "ملاقات کا وقت"),
    "sw": ("Wewe ndiye unayefuata", "Mtu 1 mbele yako", "Watu {n} mbele yako", "Subiri takriban dakika {a}–{b}",
           "Tafadhali nenda {room}", "Changanua kufuata nafasi yako", "NAKALA", "Namba ya karatasi", "Chumba {n}",
           "Dharura", "Mzee", "Mjamzito", "Mlemavu", "Mtoto", "Mhudumu", "Miadi"),
    "zh": ("下一位就是您", "您前面还有 1 人", "您前面还有 {n} 人", "预计等候 {a}–{b} 分钟",
           "请前往 {room}", "扫码查看您的排队情况", "补打", "纸质号码", "诊室 {n}",
           "急诊", "老年人", "孕妇", "残疾人", "儿童", "工作人员", "预约"),
}  # fmt: skip


def language_of(tags: tuple[str, ...]) -> str:
    """Return the first of these BCP 47 tags that the slip speaks, English otherwise."""
    for tag in tags:
        language = tag.lower().split("-")[0]
        if language in _TEXTS:
            return language
    return "en"


def say(language: str, key: str, **places: object) -> str:
    """Return the words of ``key`` in ``language`` with {places} filled in; unknown keys are ""."""
    if key not in _KEYS:
        return ""
    text = _TEXTS[language][_KEYS.index(key)]
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
