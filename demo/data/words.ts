export const FIRST_NAMES = [
  'Ada', 'Amir', 'Anna', 'Aylin', 'Ben', 'Carla', 'Chidi', 'Chloé', 'Dana', 'Elif', 'Emil', 'Fatima',
  'Finn', 'Greta', 'Hana', 'Hugo', 'Ines', 'Ivan', 'Jonas', 'José', 'Julia', 'Karim', 'Lena', 'Liam',
  'Lucía', 'Maja', 'Marek', 'Mina', 'Noah', 'Nora', 'Olga', 'Oskar', 'Paul', 'Priya', 'Rosa', 'Samir',
  'Sofia', 'Søren', 'Tomás', 'Yara', 'Yusuf', 'Zoë',
]

export const LAST_NAMES = [
  'Andersen', 'Bauer', 'Becker', 'Costa', 'Demir', 'Dubois', 'Eriksson', 'Fischer', 'García', 'Haddad',
  'Hansen', 'Horvat', 'Ivanova', 'Jansen', 'Kaya', 'Keller', 'Kowalski', 'Lefèvre', 'Lopez', 'Martin',
  'Meyer', 'Moreau', 'Müller', 'Nagy', 'Nowak', 'Okafor', 'Petrov', 'Popescu', 'Ricci', 'Rossi', 'Santos',
  'Schmidt', 'Silva', 'Singh', 'Tanaka', 'Virtanen',
]

export const COUNTRIES = [
  'AT', 'BE', 'CH', 'DE', 'DK', 'ES', 'FI', 'FR', 'HU', 'IE', 'IT', 'NL', 'NO', 'PL', 'PT', 'SE',
]

export const ADJECTIVES = [
  'Amber', 'Birch', 'Bright', 'Classic', 'Compact', 'Copper', 'Everyday', 'Folding', 'Gentle', 'Heavy',
  'Little', 'Long', 'Nordic', 'Oak', 'Plain', 'Quiet', 'Round', 'Slate', 'Soft', 'Solid', 'Sturdy', 'Tall',
  'Warm', 'Woven',
]

export const MATERIALS = [
  'beech', 'cork', 'cotton', 'felt', 'glass', 'linen', 'recycled paper', 'steel', 'stoneware', 'wool',
]

export const THINGS_BY_CATEGORY: Record<string, readonly string[]> = {
  books: ['Atlas', 'Cookbook', 'Diary', 'Field Guide', 'Novel', 'Sketchbook'],
  garden: ['Bird Feeder', 'Hose', 'Planter', 'Rake', 'Trowel', 'Watering Can'],
  kitchen: ['Bowl', 'Bread Knife', 'Kettle', 'Mug', 'Pan', 'Teapot'],
  lighting: ['Candle', 'Desk Lamp', 'Floor Lamp', 'Lantern', 'String Lights'],
  office: ['Desk Tray', 'Notebook', 'Pencil Case', 'Ruler', 'Stapler'],
  sports: ['Backpack', 'Bottle', 'Jump Rope', 'Towel', 'Yoga Mat'],
  toys: ['Building Blocks', 'Kite', 'Puzzle', 'Spinning Top', 'Train'],
  wardrobe: ['Apron', 'Beanie', 'Gloves', 'Scarf', 'Socks', 'Tote Bag'],
}
