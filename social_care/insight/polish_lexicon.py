"""Polish words of praise and complaint, as customers write them. Made for this project; docs/insight.md says how good it is.

A number is how strong a word is, from -3 to 3. A text of one word of 1 stays undecided.
"""

from __future__ import annotations

STEMS = {
    3: "cudown doskonał fantastyczn genialn niesamowit rewelac wspaniał zachwyc zachwyt przepyszn uwielbia"
    " perfekcyjn najleps fenomenaln bezbłędn niezastąpion niezawodn wyśmienit przecudown bajeczn obłędn znakomit",
    2: "dobrz dzięki dziękuj podziękow fajn fajow kocha lubi polecam polecamy polecił profesjonal pyszn sprawn super"
    " szczęśliw świetn uprzejm usatysfakcjon satysfakcj wdzięczn zadowol życzliw brawo brawa gratul pozytywn"
    " przyjemn ukłon docenia doceni pochwal uznani bezproblem idealn elegan smaczn rzeteln uczciw kompeten sympaty"
    " serdeczn cierpliwie błyskawiczn ekspresow fachow solidn uratowa piękn czarując komfort zaskoczon ślicz"
    " sprostali przytuln zadba troskliw zdumiewając niezapomnian",
    1: "szybk łatw naprawi załatwi rozwiąza pomog pomóg wygodn czyst bezpłatn ciesz cieszy pozdrawia uśmiech"
    " nowoczes estetyczn intuicyjn punktualn przejrzyst starann dokładn zaufan",
    0: "bladego bladą blade dramaturg kochan lubin lublin miłosiern nadał nadali niemiłosiern opłatek opłatk"
    " pozarząd przykryw przykryt spokoj sprawnoś superboh supermar superman superpuch superstar supernat"
    " sympatyków złapa złami złamał zlec szybkoś szybkowar czystk gratulacyj",
    -1: "czeka reklamac problem kłopot niestety dziwn błąd błęd brak zwrot zwleka trudn opóźni spóźni kolejk anul"
    " odwoła powoln znowu ciągle wciąż bezskutecz opłat awaryjn szpital policj prokurat dopłac wątpliw szwank"
    " utrudni niewyraźn wadliw zablokow blokad zimn traci zginął zginęł zaginion",
    -2: "awari beznadz chamsk denerw fatal frustr irytu kłamać kłamie kłamią kłamał kłamst kłamc kpin nędz"
    " niekompetenc niekompetent niemił nieuprzejm niegrzeczn nieuczciw oszuka oszuk oszust połaman złaman popsu"
    " porażk rozczarow rozpad rozlecia skandal szkoda śmieszn tandet wkurz wkurw wstyd zepsu zgubi zaginę zniszcz"
    " żałosn żenad żenuj gorsz słab uszkodz rezygnuj rezygnac okłama okłamu kiepsk zawiesza zawiesił ignor"
    " niezadowol niezgodn lekceważ zlekceważ zignor bezczeln chamst wyzysk zdzierst naciąga wyłudz podrób fałszyw"
    " stęchl stęchł śmierd smród brud niechluj zaniedb bałagan chaos bezsens absurd paranoj zmarnow marnow stracił"
    " stracon pękł pękn potłuk stłuk rozbit rozbił rozwal przeciek cieknie spalił spalon zapali pożar wybuch zalan"
    " dziuraw porysow pognie pomyl pomyłk bezprawn zażaleni skarg oburz niedopuszczaln niepoważ niedopracow"
    " niesmacz pleśn spleśn nieśwież przeterminow restartuj zacina wywala rozładow nieudoln nieporozumien"
    " nieodpowiedzialn nieaktualn nieczynn zamieszan bulwers arogan złość złośliw zdenerw wściek przykr smutn"
    " obraźliw krzycz nakrzycz rozłącz olewa olał olali zbywa spław zapomnie utkną utknę odrzuc odmów odmaw bubel"
    " buble złom padła padło syfiast szmir zawiod zawiódł zawied zagub skradz ukrad kradzie złodziej uokik alergi"
    " zatruci zatruł poparz krzywd nieprawid bezduszn zdzier drożyzn zawyż pogorsz pogarsz odkleił spruł rozprut"
    " sfilcow zwodzi manipul ściem",
    -3: "dramat koszmar masakr najgorsz nienawi okropn strasz tragedi tragicz katastrof ohyd obrzydl syf karygodn"
    " haniebn horror piekło patologi skandaliczn odrażając wstrętn dziadost badziew chłam kurw zgroz",
}
"""Beginnings of words; the longest one that fits a word counts. Those of 0 begin like some of the others."""

EXACT = {
    3: "petarda cudo mistrzostwo przemiły przemiła przemili przemiłe pychota",
    2: "top bajka skarb git spoko extra ekstra cuda mistrz wow pycha szacun szacunek warto nieźle niezły niezła"
    " niezłe miło miły miła miłe mili milutka milutki dobre dobrą dobrego dobrej dobrych dobrym udana udany udane"
    " dobry dobra pomocny pomocna pomocni kulturalny kulturalna kulturalnie kulturalni trafione trafiony wzorowo wzorowa"
    " wzorowy",
    1: "ok mega hit udało działa działają terminowo pomocne doszła doszło dotarła dotarło dotarł",
    -1: "kolejny kolejna kolejne halo spam długo drogo drożej nadal dalej żal szkło wada wady znów",
    -2: "bieda kicha fail cisza strata żart żarty lipa zły zła złe źle źli złego złej złych złym kicz rwie kpi olać"
    " gówno gówniany rysa rysy pozew pozwę pozwu crash złomu obraza zdechł nerwy",
    -3: "dno żałosne",
}
"""Whole words. They go before the beginnings."""

HARMLESS = (
    "dzień dobry; dobry wieczór; miłego dnia; miłego weekendu; miłego wieczoru; dobra wola; serdecznie"
    " pozdrawiam; pozdrawiam; z góry dziękuję; z góry dzięki; z góry serdecznie dziękuję; czy polecacie; co"
    " polecacie; dobre imię; dobre praktyki; jak szybko; jak łatwo; zwrot podatku; prawo zwrotu; zimn* wod*; zimn*"
    " napoj*; jak działa; czy działa; w jaki sposób działa"
)
"""Phrases of words that mean nothing of the kind there."""

PHRASES = {
    3: "z całego serca; nic dodać nic ująć; tak trzymać; tak trzymajcie; oby więcej takich; pełen profesjonalizm;"
    " pełna profeska; nie do pobicia; na medal; na szóstkę; pięć gwiazdek; 5 gwiazdek; 5/5; 10/10; klasa sama w"
    " sobie; sztos; pierwsza klasa; miód malina; palce lizać; niebo w gębie; strzał w dziesiątkę; pod ogromnym"
    " wrażeniem; pod wielkim wrażeniem; jestem zachwycon*",
    2: "nie ma problemu; pod wrażeniem; bez problem*; bez zarzut*; bez zastrzeż*; bez najmniejsz*; żadnych"
    " zastrzeżeń; żadnych uwag; nie mam uwag; nie ma się do czego; nie ma do czego; nie mam się do czego; nie mam"
    " do czego; nigdy ~ nie zawiod*; nigdy ~ nie zawiód*; nie zawiod*; nie zawiód*; nie żałuj*; nie narzeka*;"
    " nigdy nie ~ problem*; nigdy nie ~ kłopot*; nie mogę się doczekać; nie spodziewał* się ~ tak; lepiej niż;"
    " lepsz* niż; szybciej niż; wcześniej niż; przed czasem; przed terminem; dzień wcześniej; bez zbędn*; na pewno"
    " ~ wróc*; na pewno ~ kupi*; na pewno ~ skorzystam; z przyjemnością; na wysokości zadania; wart* każd*;"
    " szacunek dla; szacun dla; wielki szacunek; stał* klient* od; na czas; zgodnie z opisem; zgodn* z opisem; jak"
    " należy; jak trzeba; dzięki wam; robi wrażenie; daje radę; dają radę; robi robotę; wszystko gra; w końcu"
    " działa; poszło gładko; poszło sprawnie; jak w domu; będę wracać; będziemy wracać; jeszcze wrócę; jeszcze"
    " wrócimy; chętnie wróc*; znakomit*; można na was liczyć; mogę na was liczyć; pełen podziw; oby tak dalej; w"
    " porządku; wszystko ok; ludzkie podejście; super podejście; w pięć minut; od ręki; na plus; duży plus; wielki"
    " plus; chapeau bas; czapki z głów; miłe zaskoczenie; pozytywne zaskoczenie",
    1: "w końcu ktoś; wreszcie ktoś; w końcu można",
    -1: "nie mogę; nie możemy; nie można; nie wiem; nie rozumiem; nie zgadza się; nie widzę; nie ma; w ogóle; od"
    " tygodnia; od miesiąca; od wczoraj; od rana; od godziny; od dwóch; od trzech; od kilku dni; nie mam; po raz"
    " kolejny; kolejny raz; drugi raz; znów",
    -2: "nie dział*; nie dotar*; nie przysz*; nie przyj*; nie dosta*; nie otrzyma*; nie odpisa*; nie odpisuj*; nie"
    " odpowiad*; nie odpowiedz*; nie odbier*; nie odebra*; nie reaguj*; nie zareagow*; nie raczy*; nie potraf*;"
    " nie umie*; nie pomog*; nie pomóg*; nie rozwiąz*; nie oddzwo*; nie zwróci*; nie odda*; nie dosz*; nie"
    " zadział*; nie ruszy*; nie łączy*; nie wczyt*; nie ład*; nie dojech*; nie przyjech*; nie przyjecha*; nie"
    " pojaw*; nie dostarcz*; nie uzna*; nie szanuj*; nie interesuj*; nie obchodz*; nie warto; nie da się; nie"
    " spełni*; nie pasuj*; nie to co; nie tak jak; nie wróc*; nie kupuj*; nie kupię; nie zamówię; nie skorzystam;"
    " nie przyjdę; nie przyjdziemy; nie dam rady; nie jest tak jak; nie wygląda ~ jak; nie ma nic wspólnego; nie"
    " mają nic wspólnego; nie ma ~ kontaktu; nie ma zwrotu; nie ma prądu; nie ma internetu; nie ma wody; nie ma"
    " zasięgu; nie załatwi*; nie informuj*; nie poinformow*; nie wysła*; nie wywiąz*; nie trzyma*; nie idzie się;"
    " nie sposób; nie wiadomo; nikt ~ nie; nikt nic; nic ~ nie ~ robi*; nic się nie; nie ~ problemu nie; problemu"
    " nie rozwiąza*; brak słów; brak kontaktu; brak reakcji; brak odpowiedzi; brak szacunku; brak informacji; bez"
    " odpowiedzi; bez reakcji; bez informacji; bez słowa; bez sensu; bez powodu; bez podania; bez uprzedzenia; bez"
    " mojej zgody; bez żadnej; ile można; ile jeszcze; jak długo jeszcze; do kiedy mam; kiedy w końcu; kiedy"
    " wreszcie; jak można; jakim prawem; co to ma być; co to jest za; co jest z wami; co się dzieje; poniżej"
    " krytyki; poniżej pasa; pod psem; mam dość; mam dosyć; mamy dość; dość tego; cierpliwość się; tracę"
    " cierpliwość; do niczego; do kitu; do bani; do dupy; o niczym; odsyła* ~ od; od jednego do drugiego; od"
    " jednej ~ do drugiej; robi* w konia; robi* z klient*; robi* ~ łaskę; nabija* w butelkę; macie gdzieś; mają"
    " gdzieś; klienta w nosie; tak traktować; tak się traktuje; traktuj* klient*; traktuj* ludzi; wzywam ~ do;"
    " ostateczne wezwanie; ostatnie wezwanie; żądam; domagam się; do sądu; na policję; rzecznik* konsument*;"
    " rzecznik* praw; niezgodn* z prawem; nabrać się; dałem się nabrać; dałam się nabrać; nigdy więcej; ostatni"
    " raz; pierwszy i ostatni; omijać; omijajcie; odradzam; uważajcie; za nic; dzięki za nic; dziękuję za nic;"
    " szkoda czasu; szkoda słów; strata czasu; strata pieniędzy; stracony czas; pobra* ~ dwa razy; dwa razy"
    " pobra*; podwójnie pobra*; podwójnie nalicz*; nalicz* ~ po; pobrano ~ pieniądze; ściągn* ~ pieniądze; gdzie ~"
    " pieniądze; oddajcie; zwróćcie; trzeci raz; czwarty raz; piąty raz; setny raz; któryś raz; trzeci dzień;"
    " czwarty dzień; piąty dzień; drugi tydzień; trzeci tydzień; trzeci miesiąc; ciągle to samo; znowu to samo;"
    " znów to samo; tydzień czekam; czekam ~ tydzień; czekam ~ miesiąc; czeka* ~ godzin*; czeka* ~ tygodni*;"
    " czeka* ~ miesiąc*; czeka* ~ dni; minęł* ~ dni; minęł* ~ tygodni*; minął ~ tydzień; minął ~ miesiąc; godzin*"
    " w kolejce; godzin* na infolinii; godzin* do kasy; godzin* spóźnienia; rzuci* paczk*; rzuca* paczk*; przez"
    " płot; inna cena; cena ~ inna; mam płacić; każecie płacić; kazali ~ płacić; gorzej niż; gorsz* niż; jak"
    " szmata; dopóki nie; miało być; miał* być; obieca* ~ a; obiecywa*; obieca*; odwrócili się; rozłączył*;"
    " odłożył* słuchawkę; rzucił* słuchawką; udaje że; udają że; udajecie że; zmieniam operatora; zmieniam bank;"
    " przechodzę do konkurencji; wypowiadam umowę; rozwiązuję umowę; rezygnuję z; usuwam konto; zamykam konto; jak"
    " krew w piach; rosyjska ruletka; zero odzewu; zero kontaktu; zero reakcji; zero informacji; zero odpowiedzi;"
    " zero pomocy; zero profesjonalizmu; jakaś kpina; kogo obchodzi; wprowadza* w błąd; wprowadz* w błąd; ukryte"
    " opłaty; ukryte koszty; nabici w; zdjęcia kłamią",
    -3: "macie to gdzieś; nic nie dział*; szkoda pieniędzy; wyrzucone pieniądze; pieniądze w błoto; jedno wielkie;"
    " omijać szerokim; nie polecam; trzymajcie się z daleka; zero szacunku; kpina z klient*; woła o pomstę; ręce"
    " opadają; szczyt bezczelności; szczyt wszystkiego; dno i; poniżej wszelkiej; tragedia nie",
}
"""Each counts once, and its words no more. A trailing `*` stands for any ending, `~` for up to two words."""

NEGATORS = "nie bez nigdy wcale ani żaden żadna żadnego żadnej żadnych nikt nic niezbyt"
STRONGER = (
    "bardzo naprawdę strasznie okropnie niezwykle wyjątkowo całkowicie totalnie absolutnie mega tak taki taka"
    " takie kompletnie zupełnie niesamowicie ogromnie szalenie cholernie maksymalnie mocno"
    " ekstremalnie wybitnie"
)
WEAKER = "trochę nieco dość raczej lekko odrobinę całkiem średnio umiarkowanie"
BUT = "ale lecz jednak niestety tylko natomiast"
THOUGH = "choć chociaż mimo pomimo"
"""What stands after one of BUT counts more than what stands before it; what stands after one of THOUGH, less."""

ASKING = (
    "czy; gdzie; kiedy; jak; ile; jaki; jaka; jakie; jakich; jakim; który; która; które; której; kto; kogo; skąd;"
    " dokąd; po co; proszę; prosze o; poproszę; prosiłbym; prosiłabym; chciałbym; chciałabym; chcielibyśmy; chcę;"
    " szukam; mam pytanie; potrzebuję; interesuje mnie; w załączeniu; w załączniku; wysłałem; wysłałam; wysyłam;"
    " przesyłam; podaję; napisałem; napisałam; mój numer; numer zamówienia; numer klienta; to numer; dzień dobry;"
    " dobry wieczór; zapytanie; informacyjnie; witam; co z; w jakim; o której; od kiedy; do kiedy"
)
"""With one of these, or a question mark, a text without praise or complaint is neutral: it asks or tells something."""
OPENERS = (
    "brawo gratuluję gratulacje super świetnie wspaniale pięknie cudownie rewelacja rewelacyjnie genialnie"
    " fantastycznie ekstra"
)
"""Praise that, with a complaint after it, is meant the other way."""
