// The page's few words. Digits stay Latin everywhere, as on the slip in the hand.

const KEYS = [
  "recent", "waiting", "next", "go", "again", "fresh", "paused", "live", "lost",
  "stale", "blocked", "room", "minutes", "seat", "appear", "inside", "called", "nobody",
];

const TEXTS = {
  en: ["Recent calls", "waiting", "Next", "Please go to", "Called again", "New call", "Paused", "Live", "Reconnecting",
    "Not live since {t}, please listen for staff", "Sound is blocked: touch the screen", "Room", "≈ {a}–{b} min",
    "Please take a seat", "Your number will appear here", "In the room", "Called", "Nobody is waiting"],
  es: ["Últimas llamadas", "en espera", "Siguientes", "Pase a", "Llamada repetida", "Nueva llamada", "En pausa", "En directo", "Reconectando",
    "Sin conexión desde las {t}, atienda al personal", "Sonido bloqueado: toque la pantalla", "Sala", "≈ {a}–{b} min",
    "Tome asiento, por favor", "Su número aparecerá aquí", "En consulta", "Llamado", "Nadie en espera"],
  fr: ["Derniers appels", "en attente", "Suivants", "Veuillez aller", "Rappel", "Nouvel appel", "En pause", "En direct", "Reconnexion",
    "Hors ligne depuis {t}, écoutez le personnel", "Son bloqué : touchez l’écran", "Salle", "≈ {a}–{b} min",
    "Veuillez vous asseoir", "Votre numéro s’affichera ici", "En consultation", "Appelé", "Personne en attente"],
  pt: ["Últimas chamadas", "à espera", "Próximos", "Dirija-se a", "Chamada repetida", "Nova chamada", "Em pausa", "Em direto", "A religar",
    "Sem ligação desde as {t}, siga as indicações da equipa", "Som bloqueado: toque no ecrã", "Sala", "≈ {a}–{b} min",
    "Aguarde sentado, por favor", "O seu número aparecerá aqui", "Na sala", "Chamado", "Ninguém à espera"],
  de: ["Letzte Aufrufe", "wartend", "Nächste", "Bitte gehen Sie zu", "Erneuter Aufruf", "Neuer Aufruf", "Pause", "Live", "Verbindung wird hergestellt",
    "Nicht aktuell seit {t}, bitte achten Sie auf das Personal", "Ton gesperrt: Bildschirm berühren", "Raum", "≈ {a}–{b} Min.",
    "Bitte nehmen Sie Platz", "Ihre Nummer erscheint hier", "Im Raum", "Aufgerufen", "Niemand wartet"],
  hi: ["हाल की पुकार", "प्रतीक्षा में", "अगले", "कृपया जाएँ", "फिर से पुकार", "नई पुकार", "रुका हुआ", "लाइव", "फिर से जोड़ रहे हैं",
    "{t} से लाइव नहीं, कृपया कर्मचारियों की बात सुनें", "आवाज़ बंद है: स्क्रीन छुएँ", "कमरा", "≈ {a}–{b} मिनट",
    "कृपया बैठ जाइए", "आपका नंबर यहाँ दिखेगा", "कमरे में", "पुकारा गया", "कोई प्रतीक्षा में नहीं"],
  bn: ["সাম্প্রতিক ডাক", "অপেক্ষায়", "এরপর", "অনুগ্রহ করে যান", "আবার ডাকা হয়েছে", "নতুন ডাক", "বিরতি", "লাইভ", "পুনরায় সংযোগ হচ্ছে",
    "{t} থেকে লাইভ নয়, অনুগ্রহ করে কর্মীদের কথা শুনুন", "শব্দ বন্ধ: পর্দা স্পর্শ করুন", "কক্ষ", "≈ {a}–{b} মিনিট",
    "অনুগ্রহ করে বসুন", "আপনার নম্বর এখানে দেখা যাবে", "কক্ষে আছেন", "ডাকা হয়েছে", "কেউ অপেক্ষায় নেই"],
  ar: ["آخر النداءات", "في الانتظار", "التالي", "يرجى التوجه إلى", "نداء مكرر", "نداء جديد", "متوقف مؤقتًا", "مباشر", "جارٍ إعادة الاتصال",
    "غير محدّث منذ {t}، يرجى الانتباه لنداء الموظفين", "الصوت محجوب: المس الشاشة", "غرفة", "≈ {a}–{b} دقيقة",
    "تفضلوا بالجلوس", "سيظهر رقمكم هنا", "في الغرفة", "تم النداء", "لا أحد في الانتظار"],
  ur: ["حالیہ بلاوے", "منتظر", "اگلے", "براہِ کرم تشریف لے جائیں", "دوبارہ بلاوا", "نیا بلاوا", "وقفہ", "لائیو", "دوبارہ رابطہ ہو رہا ہے",
    "{t} سے لائیو نہیں، براہِ کرم عملے کی بات سنیں", "آواز بند ہے: اسکرین کو چھوئیں", "کمرہ", "≈ {a}–{b} منٹ",
    "براہِ کرم تشریف رکھیں", "آپ کا نمبر یہاں ظاہر ہوگا", "کمرے میں", "بلایا گیا", "کوئی منتظر نہیں"],
  sw: ["Walioitwa karibuni", "wanasubiri", "Wanaofuata", "Tafadhali nenda", "Ameitwa tena", "Mwito mpya", "Imesitishwa", "Mubashara", "Inaunganisha tena",
    "Si mubashara tangu {t}, tafadhali sikiliza wahudumu", "Sauti imezuiwa: gusa skrini", "Chumba", "≈ dakika {a}–{b}",
    "Tafadhali keti", "Namba yako itaonekana hapa", "Yumo chumbani", "Ameitwa", "Hakuna anayesubiri"],
  zh: ["最近叫号", "人等候", "下一位", "请前往", "再次叫号", "新叫号", "暂停", "实时", "正在重新连接",
    "自 {t} 起未更新，请留意工作人员叫号", "声音被阻止：请触摸屏幕", "诊室", "≈ {a}–{b} 分钟",
    "请坐下等候", "您的号码将显示在这里", "就诊中", "已叫号", "无人等候"],
};

const RIGHT_TO_LEFT = new Set(["ar", "ur"]);

/** Return the languages of a `lang=` parameter that the page knows, in order; English when none. */
export function chosen(parameter) {
  const wanted = (parameter || "").split(",").map((tag) => tag.trim().toLowerCase().split("-")[0]);
  const known = [...new Set(wanted)].filter((tag) => Object.hasOwn(TEXTS, tag));
  return known.length ? known : ["en"];
}

/** Return the text of `key` in `language`, with {places} filled in. */
export function say(language, key, places = {}) {
  const text = TEXTS[language][KEYS.indexOf(key)];
  return text.replace(/\{(\w)\}/g, (_, place) => places[place]);
}

export function direction(language) {
  return RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}
