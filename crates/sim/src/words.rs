//! The vocabulary of titles, by genre.

use crate::Genre;

/// The words of a genre.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) adjectives: &'static [&'static str],
    pub(crate) nouns: &'static [&'static str],
    pub(crate) themes: &'static [&'static str],
    pub(crate) places: &'static [&'static str],
}

/// Splits lists of words at build time of the table: one line a kind of word.
macro_rules! words {
    ($($kind:ident: $($word:literal)+;)+) => { Words { $($kind: &[$($word),+]),+ } };
}

/// The words of a genre.
pub(crate) fn words(genre: Genre) -> &'static Words {
    match genre {
        Genre::Adventure => &ADVENTURE,
        Genre::Comedy => &COMEDY,
        Genre::Crime => &CRIME,
        Genre::Drama => &DRAMA,
        Genre::Family => &FAMILY,
        Genre::Fantasy => &FANTASY,
        Genre::History => &HISTORY,
        Genre::Horror => &HORROR,
        Genre::Nature => &NATURE,
        Genre::Romance => &ROMANCE,
        Genre::ScienceFiction => &SCIENCE_FICTION,
        Genre::Western => &WESTERN,
    }
}

const ADVENTURE: Words = words! {
    adjectives: "Uncharted" "Daring" "Sunken" "Perilous" "Northern" "Lost" "Reckless" "Forbidden"
        "Storm-Bound" "Barefoot" "Restless" "Windward";
    nouns: "Expedition" "Compass" "Mapmaker" "Reef" "Canyon" "Voyage" "Smuggler" "Pass" "Caravan"
        "Lagoon" "Glacier" "Schooner" "Summit" "Pathfinder";
    themes: "Treasure" "Shipwreck" "Fortune" "Mutiny" "Rope" "Open Water" "Thin Air" "Escape";
    places: "Cape Sorrel" "the Amber Coast" "Tarn Island" "the Far Atolls" "Kestrel Bay"
        "the Salt Desert" "Mount Averil" "the Drowned Delta";
};

const COMEDY: Words = words! {
    adjectives: "Hapless" "Accidental" "Second-Best" "Overdressed" "Clumsy" "Borrowed" "Unlikely"
        "Well-Meaning" "Absent-Minded" "Double-Booked" "Cheerful" "Tone-Deaf";
    nouns: "Butler" "Wedding Planner" "Dentist" "Landlord" "Casserole" "Twin" "Brass Band"
        "Caretaker" "In-Law" "Locksmith" "Tuxedo" "Understudy" "Poodle" "Mayor";
    themes: "Mishaps" "Nonsense" "Bad Manners" "Leftovers" "Small Talk" "Mistaken Hats" "Hiccups"
        "Trouble";
    places: "Little Wobbling" "Apartment Nine" "the Grand Pelican Hotel" "Muddleford" "Upper Dither"
        "the Wrong Town" "Pickle Street" "Saint Bunion";
};

const CRIME: Words = words! {
    adjectives: "Crooked" "Silent" "Cold" "Guilty" "Nameless" "Midnight" "Missing" "Counterfeit"
        "Bitter" "Unsigned" "Double" "Paid";
    nouns: "Witness" "Informer" "Alibi" "Ledger" "Inspector" "Safecracker" "Motive" "Verdict"
        "Fingerprint" "Accomplice" "Warehouse" "Detective" "Ransom" "Forger";
    themes: "Evidence" "Blackmail" "Suspicion" "Larceny" "Perjury" "Dead Ends" "Dirty Money"
        "Confession";
    places: "Harrow Street" "Pier Eleven" "the Old Quarter" "Gallow Heights" "Marlow County"
        "Room 409" "the Fourth Precinct" "Dockside";
};

const DRAMA: Words = words! {
    adjectives: "Quiet" "Broken" "Unspoken" "Patient" "Empty" "Faithful" "Ordinary" "Fading"
        "Unfinished" "Tender" "Distant" "Grey";
    nouns: "Harbour" "Daughter" "Orchard" "Letter" "Kitchen" "Violin" "Widow" "Brother" "Window"
        "Piano Teacher" "Inheritance" "Staircase" "Ferry" "Schoolhouse";
    themes: "Mercy" "Silence" "Forgiveness" "Rain" "Ashes" "Homecoming" "Regret" "Grace";
    places: "Ellory" "Linden Road" "the House by the Weir" "November" "Port Maris" "the Next Room"
        "Ashby" "the Valley";
};

const FAMILY: Words = words! {
    adjectives: "Little" "Brave" "Curious" "Runaway" "Merry" "Sleepy" "Marvellous" "Tiny" "Muddy"
        "Friendly" "Stripy" "Giggling";
    nouns: "Puppy" "Lighthouse Cat" "Kite" "Snowman" "Hedgehog" "Treehouse" "Balloon" "Penguin"
        "Grandfather" "Tricycle" "Otter" "Scarecrow" "Rowing Boat" "Teddy";
    themes: "Pancakes" "Holidays" "Hide-and-Seek" "Bedtime" "Friends" "Wishes" "Picnics" "Snow Day";
    places: "Button Lane" "Dandelion Hill" "the Toy Shop" "Puddle Bay" "Grandma's Garden"
        "Marble Wood" "the Attic" "Honeybrook";
};

const FANTASY: Words = words! {
    adjectives: "Enchanted" "Silver" "Hidden" "Thorned" "Moonlit" "Exiled" "Ancient" "Ivory"
        "Whispering" "Sevenfold" "Cursed" "Winged";
    nouns: "Dragon" "Crown" "Sorceress" "Sword" "Oracle" "Kingdom" "Gryphon" "Rune" "Tower"
        "Changeling" "Amulet" "Spellbook" "Throne" "Wanderer";
    themes: "Prophecy" "Starfire" "Magic" "Oaths" "Moonstone" "Sorcery" "Shadow" "Embers";
    places: "Eldermoor" "the Glass Mountains" "Vael" "the Hollow Realm" "Thistlekeep"
        "the Ninth Forest" "Orrindale" "the Sky Isles";
};

const HISTORY: Words = words! {
    adjectives: "Last" "Royal" "Imperial" "Forgotten" "Besieged" "Loyal" "Iron" "Gilded" "Disputed"
        "Anointed" "Common" "Sworn";
    nouns: "Regent" "Cathedral" "Regiment" "Treaty" "Chancellor" "Galleon" "Dynasty" "Standard"
        "Cartographer" "Envoy" "Legion" "Abbess" "Siege" "Printer";
    themes: "Rebellion" "Empire" "Bread" "Honour" "Succession" "Gunpowder" "Plague" "Liberty";
    places: "Old Carthen" "the Low Provinces" "Saint Osric" "the Winter Palace Road" "Velmar"
        "the Northern March" "1642" "the Free Cities";
};

const HORROR: Words = words! {
    adjectives: "Hollow" "Crawling" "Pale" "Screaming" "Buried" "Sleepless" "Rotting" "Faceless"
        "Unholy" "Locked" "Bloodless" "Withered";
    nouns: "Cellar" "Nursery" "Mirror" "Doll" "Asylum" "Shroud" "Guest" "Well" "Scarecrow King"
        "Coffin" "Possession" "Twin Sister" "Marsh" "Caretaker's Wife";
    themes: "Dread" "Teeth" "Screams" "Nightfall" "Rot" "Whispers" "Bones" "Last Rites";
    places: "Blackmere" "Room Thirteen" "Gravenholt" "the Dark House" "Mourning Hill" "the Crypt"
        "Saint Vesper's" "the Walls";
};

const NATURE: Words = words! {
    adjectives: "Wild" "Migrating" "Frozen" "Deep" "Green" "Endangered" "Tidal" "Solitary"
        "Southern" "Living" "Thirsty" "Unseen";
    nouns: "Ocean" "Savannah" "Rainforest" "Wolf" "Albatross" "River" "Coral" "Elephant" "Tundra"
        "Beehive" "Whale" "Mangrove" "Falcon" "Monsoon";
    themes: "Migration" "Survival" "Seasons" "Tides" "Pollen" "Hunger" "Drought" "Wings";
    places: "the Upper Canopy" "the Polar Night" "the Great Wetlands" "Lake Orumba"
        "the Deep Trench" "the High Plateau" "the Kelp Forest" "a Changing Climate";
};

const ROMANCE: Words = words! {
    adjectives: "Summer" "Secret" "Perfect" "Stolen" "First" "Blushing" "Parisian" "Midsummer"
        "Hopeless" "Velvet" "Candlelit" "Dearest";
    nouns: "Kiss" "Bouquet" "Florist" "Waltz" "Honeymoon" "Bridesmaid" "Valentine" "Rendezvous"
        "Balcony" "Love Letter" "Bookseller" "Proposal" "Serenade" "Sweetheart";
    themes: "Love" "Roses" "Heartbeats" "Promises" "Moonlight" "Desire" "Second Chances" "Champagne";
    places: "Lavender Square" "Verano" "Rosewater" "the Rue des Lilas" "Lake Celeste" "Springtime"
        "the Vineyard" "Santa Amara";
};

const SCIENCE_FICTION: Words = words! {
    adjectives: "Orbital" "Synthetic" "Quantum" "Distant" "Binary" "Interstellar" "Cryogenic"
        "Artificial" "Zero" "Lunar" "Infinite" "Parallel";
    nouns: "Colony" "Android" "Signal" "Paradox" "Starship" "Nebula" "Clone" "Reactor" "Airlock"
        "Satellite" "Cosmonaut" "Singularity" "Probe" "Machine";
    themes: "Gravity" "Contact" "Entropy" "Terraforming" "Dark Matter" "Overdrive" "Static"
        "Hypersleep";
    places: "Sector Twelve" "Europa Station" "the Outer Ring" "Kepler City" "the Year 3001"
        "Deep Orbit" "the Red Dome" "Tau Meridian";
};

const WESTERN: Words = words! {
    adjectives: "Dusty" "Lonesome" "Wanted" "Hard-Riding" "Sun-Bleached" "Outlawed" "Rusty"
        "Painted" "Weathered" "High-Noon" "Leather" "Stubborn";
    nouns: "Saddle" "Sheriff" "Stagecoach" "Gunslinger" "Rancher" "Coyote" "Homestead" "Posse"
        "Mustang" "Saloon" "Prospector" "Marshal" "Railroad" "Drifter";
    themes: "Gunsmoke and Rye" "Gold" "Tumbleweed" "Vengeance" "Cattle" "Bullets" "Whiskey" "Spurs";
    places: "Dry Creek" "Copper Gulch" "Perdition Flats" "the Badlands" "Two Crows" "Mesa Roja"
        "Redemption" "Juniper Pass";
};
