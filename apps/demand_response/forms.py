"""What a customer fills in."""

from django import forms

SCALE = [(5, "I did not notice it"), (4, "Hardly"), (3, "A little"), (2, "Yes, it bothered me"), (1, "Hard to bear")]


class EnrolForm(forms.Form):
    agrees = forms.BooleanField(
        label="I have read this and agree.",
        error_messages={"required": "Tick the box if you agree; without it you do not take part."},
    )


class SurveyForm(forms.Form):
    comfort = forms.TypedChoiceField(
        choices=SCALE,
        coerce=int,
        widget=forms.RadioSelect,
        label="Did you notice the event at home?",
        error_messages={"required": "Choose one of the five answers.", "invalid_choice": "Choose one of the five."},
    )
    again = forms.TypedChoiceField(
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        label="Would you take part again?",
        error_messages={"required": "Choose yes or no.", "invalid_choice": "Choose yes or no."},
    )
