"""The words of dates: months, weekdays, halves of the day and time zones, as feeds write them.

Months and weekdays are CLDR's wide and abbreviated forms (cldr.unicode.org), nominative and
genitive. All are kept folded: no case, no accents (`fold`).

>>> MONTHS[fold("März")], MONTHS[fold("мая")], ZONES["cest"]
(3, 5, 120)
"""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """`text` without case and accents, its digits 0 to 9, its width normal: `Août` is `aout`."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = (char for char in plain if unicodedata.category(char) not in ("Mn", "Cf"))
    ascii_digits = (
        str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in kept
    )
    # Hangul was taken apart with the accents; this puts it together again.
    return unicodedata.normalize("NFC", "".join(ascii_digits))


def _table(rows: str) -> dict[str, int]:
    """Word to place, counted from 1, of rows whose places are separated by commas."""
    return {
        fold(word): place
        for row in rows.strip().splitlines()
        for place, words in enumerate(row.split(","), start=1)
        for word in words.split()
    }


MONTHS = _table("""
january jan,february feb,march mar,april apr,may,june jun,july jul,august aug,september sept sep,october oct,november nov,december dec
janvier janv,février févr fév fev,mars,avril avr,mai,juin,juillet juil,août aou,septembre,octobre,novembre,décembre déc
januar jän jänner,februar,märz mär mrz maerz,april,mai,juni,juli,august,september,oktober okt,november,dezember dez
enero ene,febrero,marzo,abril abr,mayo,junio,julio,agosto ago,septiembre setiembre,octubre,noviembre,diciembre dic
gennaio gen,febbraio,marzo,aprile,maggio mag,giugno giu,luglio lug,agosto,settembre set,ottobre ott,novembre,dicembre
janeiro,fevereiro,março,abril,maio,junho,julho,agosto,setembro,outubro out,novembro,dezembro
januari,februari,maart mrt,april,mei,juni,juli,augustus,september,oktober,november,december
январь января янв,февраль февраля февр фев,март марта мар,апрель апреля апр,май мая,июнь июня июн,июль июля июл,август августа авг,сентябрь сентября сент сен,октябрь октября окт,ноябрь ноября нояб ноя,декабрь декабря дек
січень січня січ,лютий лютого лют,березень березня бер,квітень квітня квіт,травень травня трав,червень червня черв,липень липня лип,серпень серпня серп,вересень вересня вер,жовтень жовтня жовт,листопад листопада лист,грудень грудня груд
styczeń stycznia sty,luty lutego lut,marzec marca,kwiecień kwietnia kwi,maj maja,czerwiec czerwca cze,lipiec lipca lip,sierpień sierpnia sie,wrzesień września wrz,październik października paź,listopad listopada lis,grudzień grudnia gru
leden ledna led,únor února úno,březen března bře,duben dubna dub,květen května kvě,červen června čvn,červenec července čvc,srpen srpna srp,září zář,říjen října říj,listopad listopadu,prosinec prosince pro
januar,februar,marts,april,maj,juni,juli,august,september,oktober,november,desember des
januari,februari,mars,april,maj,juni,juli,augusti,september,oktober,november,december
tammi tammikuu tammikuuta,helmi helmikuu helmikuuta,maalis maaliskuu maaliskuuta,huhti huhtikuu huhtikuuta,touko toukokuu toukokuuta,kesä kesäkuu kesäkuuta,heinä heinäkuu heinäkuuta,elo elokuu elokuuta,syys syyskuu syyskuuta,loka lokakuu lokakuuta,marras marraskuu marraskuuta,joulu joulukuu joulukuuta
ianuarie ian,februarie,martie,aprilie,mai,iunie iun,iulie iul,august,septembrie,octombrie,noiembrie noi,decembrie
január,február febr,március márc,április ápr,május máj,június jún,július júl,augusztus,szeptember szept,október,november,december
ocak oca,şubat şub,mart,nisan nis,mayıs,haziran haz,temmuz tem,ağustos ağu,eylül eyl,ekim eki,kasım kas,aralık ara
Ιανουάριος Ιανουαρίου Ιαν,Φεβρουάριος Φεβρουαρίου Φεβ,Μάρτιος Μαρτίου Μαρ,Απρίλιος Απριλίου Απρ,Μάιος Μαΐου Μαι,Ιούνιος Ιουνίου Ιουν,Ιούλιος Ιουλίου Ιουλ,Αύγουστος Αυγούστου Αυγ,Σεπτέμβριος Σεπτεμβρίου Σεπ Σεπτ,Οκτώβριος Οκτωβρίου Οκτ,Νοέμβριος Νοεμβρίου Νοε,Δεκέμβριος Δεκεμβρίου Δεκ
""")  # noqa: E501 - a table

# Monday is 1, as `date.isoweekday` has it.
WEEKDAYS = _table("""
monday mon,tuesday tues tue,wednesday weds wed,thursday thurs thur thu,friday fri,saturday sat,sunday sun
lundi lun,mardi mar,mercredi mer,jeudi jeu,vendredi ven,samedi sam,dimanche dim
montag mo,dienstag di,mittwoch mi,donnerstag do,freitag fr,samstag sonnabend sa,sonntag so
lunes lun,martes mar,miércoles mié,jueves jue,viernes vie,sábado sáb,domingo dom
lunedì lun,martedì mar,mercoledì mer,giovedì gio,venerdì ven,sabato sab,domenica dom
segunda seg,terça ter,quarta qua,quinta qui,sexta sex,sábado,domingo
maandag ma,dinsdag di,woensdag wo woe,donderdag do,vrijdag vr vri,zaterdag za,zondag zo
понедельник пн,вторник вт,среда ср,четверг чт,пятница пт,суббота сб,воскресенье вс
月曜日 月曜 星期一 周一 월요일,火曜日 火曜 星期二 周二 화요일,水曜日 水曜 星期三 周三 수요일,木曜日 木曜 星期四 周四 목요일,金曜日 金曜 星期五 周五 금요일,土曜日 土曜 星期六 周六 토요일,日曜日 日曜 星期日 星期天 周日 일요일
""")  # noqa: E501 - a table

HALVES = {
    word: half
    for half, words in {
        "am": "am a.m. a.m 午前 上午 오전 凌晨 早上",
        "pm": "pm p.m. p.m 午後 下午 오후 晚上",
    }.items()
    for word in map(fold, words.split())
}

# What stands between the parts of a date and says nothing: "5 de marzo", "5 марта 2026 г.".
FILLERS = frozenset(
    fold(
        "feira the of on at and de del di des do da d dia le la les las los el il lo l à a às as "
        "al alle ore um am den der dem vom uhr om op uur kl klo klockan em г года году в о об час "
        "р року dnia godz w roku o v ve saat στις την"
    ).split()
)

# Minutes east of Greenwich. RFC 822 gives the American ones their meaning; a name that stands for
# several zones (IST: India, Ireland, Israel) is left out, and a date that uses it is not guessed.
ZONES: dict[str, int] = {
    name: round(hours * 60)
    for hours, names in {
        -10: "hst",
        -9: "akst hdt",
        -8: "pst akdt",
        -7: "mst pdt",
        -6: "cst mdt",
        -5: "est cdt pet cot",
        -4: "ast edt clt vet bot",
        -3.5: "nst",
        -3: "adt art brt clst uyt",
        -2.5: "ndt",
        -2: "brst",
        0: "z ut utc gmt wet",
        1: "cet met mez bst west wat",
        2: "cest mest mesz eet cat sast",
        3: "eest msk eat trt",
        3.5: "irst",
        4: "msd gst",
        5: "pkt uzt",
        5.75: "npt",
        6.5: "mmt",
        7: "ict wib",
        8: "hkt sgt myt pht awst wita",
        9: "jst kst wit",
        9.5: "acst",
        10: "aest",
        10.5: "acdt",
        11: "aedt",
        12: "nzst",
        13: "nzdt",
    }.items()
    for name in names.split()
}

# The names that Americans use all the year: standard time in hours, an hour more in summer.
US_ZONES = {"at": -4, "et": -5, "ct": -6, "mt": -7, "pt": -8}
