"""How far a plan rests on its figures: intervals, choices that flip, switching values, a tornado, leavers and a stress."""
