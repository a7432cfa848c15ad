"""What the explorer of the latent space offers to begin with. Its own vocabulary decides which of it can be used."""

Pair = tuple[str, str]

# Each axis leads from things of other kinds to things of its own: what is common to its pairs is what it measures.
AXES: dict[str, tuple[Pair, ...]] = {
    "fruit": (("car", "banana"), ("chair", "orange"), ("hammer", "pear"), ("paper", "grape")),
    "physics": (("poem", "physics"), ("song", "energy"), ("story", "force"), ("novel", "mass")),
    "phone": (("book", "phone"), ("garden", "smartphone"), ("horse", "telephone"), ("river", "mobile")),
    "smell": (("sound", "smell"), ("number", "scent"), ("idea", "fragrance")),
}
PLACED = (
    *("apple", "lemon", "newton", "einstein", "gravity", "iphone", "nokia", "laptop"),
    *("perfume", "rose", "coffee", "cheese"),
)
ANALOGIES = (
    ("king", "man", "woman"),
    ("paris", "france", "japan"),
    ("played", "play", "walk"),
    ("father", "he", "she"),
    ("doctor", "man", "woman"),
)
# A word, and for each of two of its meanings a few words.
SENSES = (
    ("apple", ("fruit", "pear", "banana"), ("phone", "computer", "software")),
    ("mouse", ("rat", "animal", "rabbit"), ("keyboard", "computer", "screen")),
    ("cell", ("blood", "biology", "nucleus"), ("phone", "battery", "mobile")),
    ("star", ("sun", "planet", "sky"), ("actor", "celebrity", "movie")),
    ("bank", ("river", "shore", "water"), ("money", "loan", "finance")),
)
# Words of many fields, whose names stand on the map as far as there is room.
LANDMARKS = (
    *("dog", "london", "music", "doctor", "bread", "football", "january", "king", "computer", "mother", "snow"),
    *("war", "school", "red", "seven", "smile", "energy", "car", "president", "church", "cancer", "tree"),
    *("guitar", "money", "ship", "river", "tennis", "japan", "walk", "law", "happy", "horse", "wine", "actor"),
    *("house", "phone", "angry", "cheese", "hospital", "physics", "film", "blue", "army", "sea", "book"),
    *("bird", "plane", "lawyer", "hand", "paris", "mathematics", "think", "soldier"),
)
