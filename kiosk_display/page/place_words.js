// The words of one's own place. Digits stay Latin everywhere, as on the slip in the hand.

const KEYS = [
  "first", "one", "people", "wait", "unmeasured", "go", "called", "inside", "hold", "missed",
  "over", "desk", "unknown", "paused", "stale", "note", "language",
];

const TEXTS = {
  en: ["You are next", "1 person before you", "{n} people before you", "Wait about {a}–{b} min", "The wait is not known yet",
    "Please go to {room}", "You are called now", "You are in the room", "Please wait: you will be called again",
    "You were called and missed it", "This number is finished", "Please ask at the desk", "This address shows nothing today",
    "Calling is paused just now", "Not live since {t}: please listen for staff", "Live on this day only. Times are estimates; an emergency goes first.", "Language"],
  es: ["Es el siguiente", "1 persona antes que usted", "{n} personas antes que usted", "Espera de unos {a}–{b} min", "Aún no se conoce la espera",
    "Diríjase a {room}", "Le están llamando", "Está en consulta", "Espere, por favor: le llamarán de nuevo",
    "Le llamaron y no acudió", "Este número ha terminado", "Pregunte en el mostrador", "Esta dirección no muestra nada hoy",
    "Las llamadas están en pausa", "Sin conexión desde las {t}: atienda al personal", "Solo válido hoy. Los tiempos son estimados; una urgencia va primero.", "Idioma"],
  fr: ["Vous êtes le suivant", "1 personne avant vous", "{n} personnes avant vous", "Attente d’environ {a}–{b} min", "L’attente n’est pas encore connue",
    "Veuillez aller : {room}", "On vous appelle", "Vous êtes en consultation", "Patientez : vous serez rappelé",
    "Vous avez manqué l’appel", "Ce numéro est terminé", "Adressez-vous à l’accueil", "Cette adresse n’affiche rien aujourd’hui",
    "Les appels sont en pause", "Hors ligne depuis {t} : écoutez le personnel", "Valable ce jour seulement. Durées estimées ; une urgence passe d’abord.", "Langue"],
  pt: ["É o próximo", "1 pessoa antes de si", "{n} pessoas antes de si", "Espera de cerca de {a}–{b} min", "A espera ainda não é conhecida",
    "Dirija-se a {room}", "Está a ser chamado", "Está na sala", "Aguarde: será chamado de novo",
    "Foi chamado e não compareceu", "Este número terminou", "Pergunte no balcão", "Este endereço não mostra nada hoje",
    "As chamadas estão em pausa", "Sem ligação desde as {t}: siga as indicações da equipa", "Válido só hoje. Os tempos são estimativas; uma urgência passa primeiro.", "Língua"],
  de: ["Sie sind als Nächstes dran", "1 Person vor Ihnen", "{n} Personen vor Ihnen", "Wartezeit etwa {a}–{b} Min.", "Die Wartezeit ist noch nicht bekannt",
    "Bitte gehen Sie zu {room}", "Sie werden aufgerufen", "Sie sind im Raum", "Bitte warten: Sie werden wieder aufgerufen",
    "Sie haben den Aufruf verpasst", "Diese Nummer ist beendet", "Bitte fragen Sie am Empfang", "Diese Adresse zeigt heute nichts",
    "Es wird gerade nicht aufgerufen", "Nicht aktuell seit {t}: bitte achten Sie auf das Personal", "Gilt nur heute. Zeiten sind geschätzt; ein Notfall geht vor.", "Sprache"],
  hi: ["अब आपकी बारी है", "आपसे पहले 1 व्यक्ति", "आपसे पहले {n} व्यक्ति", "लगभग {a}–{b} मिनट प्रतीक्षा", "प्रतीक्षा का समय अभी पता नहीं",
    "कृपया {room} में जाएँ", "आपको बुलाया जा रहा है", "आप कमरे में हैं", "कृपया प्रतीक्षा करें: आपको फिर बुलाया जाएगा",
    "आपको बुलाया गया था, आप नहीं आए", "यह नंबर पूरा हो गया", "कृपया काउंटर पर पूछें", "यह पता आज कुछ नहीं दिखाता",
    "अभी पुकार रुकी हुई है", "{t} से लाइव नहीं: कृपया कर्मचारियों की बात सुनें", "केवल आज के लिए। समय अनुमानित है; आपातकाल पहले जाता है।", "भाषा"],
  bn: ["এবার আপনার পালা", "আপনার আগে 1 জন", "আপনার আগে {n} জন", "প্রায় {a}–{b} মিনিট অপেক্ষা", "অপেক্ষার সময় এখনও জানা নেই",
    "অনুগ্রহ করে {room}-এ যান", "আপনাকে ডাকা হচ্ছে", "আপনি কক্ষে আছেন", "অনুগ্রহ করে অপেক্ষা করুন: আবার ডাকা হবে",
    "আপনাকে ডাকা হয়েছিল, আপনি আসেননি", "এই নম্বর শেষ হয়েছে", "অনুগ্রহ করে ডেস্কে জিজ্ঞাসা করুন", "এই ঠিকানা আজ কিছু দেখায় না",
    "এখন ডাকা বন্ধ আছে", "{t} থেকে লাইভ নয়: কর্মীদের কথা শুনুন", "শুধু আজকের জন্য। সময় আনুমানিক; জরুরি রোগী আগে যান।", "ভাষা"],
  ar: ["أنت التالي", "شخص واحد قبلك", "عدد من قبلك: {n}", "الانتظار نحو {a}–{b} دقيقة", "مدة الانتظار غير معروفة بعد",
    "يرجى التوجه إلى {room}", "يتم نداؤك الآن", "أنت في الغرفة", "يرجى الانتظار: سيتم نداؤك مرة أخرى",
    "تم نداؤك ولم تحضر", "انتهى هذا الرقم", "يرجى السؤال في الاستقبال", "لا يعرض هذا العنوان شيئًا اليوم",
    "النداء متوقف مؤقتًا", "غير محدّث منذ {t}: يرجى الانتباه لنداء الموظفين", "صالح لهذا اليوم فقط. الأوقات تقديرية، والطوارئ أولًا.", "اللغة"],
  ur: ["اب آپ کی باری ہے", "آپ سے پہلے 1 فرد", "آپ سے پہلے {n} افراد", "انتظار تقریباً {a}–{b} منٹ", "انتظار کا وقت ابھی معلوم نہیں",
    "براہِ کرم {room} تشریف لے جائیں", "آپ کو بلایا جا رہا ہے", "آپ کمرے میں ہیں", "براہِ کرم انتظار کریں: آپ کو دوبارہ بلایا جائے گا",
    "آپ کو بلایا گیا، آپ نہیں آئے", "یہ نمبر مکمل ہو چکا", "براہِ کرم کاؤنٹر پر پوچھیں", "یہ پتا آج کچھ نہیں دکھاتا",
    "بلاوے ابھی رکے ہوئے ہیں", "{t} سے لائیو نہیں: عملے کی بات سنیں", "صرف آج کے لیے۔ اوقات اندازاً ہیں؛ ہنگامی مریض پہلے جاتا ہے۔", "زبان"],
  sw: ["Wewe ndiye unayefuata", "Mtu 1 mbele yako", "Watu {n} mbele yako", "Subiri takriban dakika {a}–{b}", "Muda wa kusubiri haujulikani bado",
    "Tafadhali nenda {room}", "Unaitwa sasa", "Uko chumbani", "Tafadhali subiri: utaitwa tena",
    "Uliitwa ukakosa", "Namba hii imekwisha", "Tafadhali uliza mapokezi", "Anwani hii haionyeshi chochote leo",
    "Wito umesitishwa kwa sasa", "Si mubashara tangu {t}: sikiliza wahudumu", "Kwa leo tu. Muda ni makadirio; dharura hutangulia.", "Lugha"],
  zh: ["下一位就是您", "您前面还有 1 人", "您前面还有 {n} 人", "预计等候 {a}–{b} 分钟", "等候时间尚不清楚",
    "请前往 {room}", "正在叫您的号", "您正在就诊", "请稍候：会再次叫您",
    "已叫过您的号，您未到", "此号码已结束", "请到服务台询问", "此网址今天没有内容",
    "叫号暂停中", "自 {t} 起未更新：请留意工作人员叫号", "仅限今天。时间为估计；急诊优先。", "语言"],
};

export const LANGUAGES = [
  ["en", "English"], ["es", "Español"], ["fr", "Français"], ["pt", "Português"], ["de", "Deutsch"], ["hi", "हिन्दी"],
  ["bn", "বাংলা"], ["ar", "العربية"], ["ur", "اردو"], ["sw", "Kiswahili"], ["zh", "中文"],
];

const RIGHT_TO_LEFT = new Set(["ar", "ur"]);

/** Return the language asked for by address, else the first that the phone speaks and the page too. */
export function preferred(asked, spoken) {
  const tags = [asked, ...(spoken || [])].map((tag) => (tag || "").toLowerCase().split("-")[0]);
  return tags.find((tag) => Object.hasOwn(TEXTS, tag)) || "en";
}

/** Return the text of `key` in `language`, with {places} filled in. */
export function say(language, key, places = {}) {
  return TEXTS[language][KEYS.indexOf(key)].replace(/\{(\w+)\}/g, (_, place) => places[place]);
}

export function direction(language) {
  return RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}
