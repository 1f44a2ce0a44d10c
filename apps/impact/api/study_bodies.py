from rest_framework import serializers

from apps.impact.choices.study import MOST_DAYS, MOST_SEEDS, Arm, Purpose, RunState, StudyState
from apps.impact.rules.study_plan import DESKS


class NewImpactStudySerializer(serializers.Serializer):
    network = serializers.CharField(max_length=200, help_text="As import_network takes it.")
    seeds = serializers.IntegerField(min_value=1, max_value=MOST_SEEDS, help_text="Tapes; 30 for a published study.")
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    arms = serializers.MultipleChoiceField(
        choices=Arm.choices, required=False, allow_empty=False, help_text="Without: all four. A0 is always played."
    )
    without = serializers.MultipleChoiceField(
        choices=list(DESKS.items()), required=False, help_text="Desks that A2 is played without, one at a time."
    )

    def validate_arms(self, value: set[str]) -> list[str]:
        return [arm for arm in Arm.values if arm in value]

    def validate_without(self, value: set[str]) -> list[str]:
        return [desk for desk in DESKS if desk in value]


class ImpactStudyRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    network = serializers.CharField()
    seeds = serializers.IntegerField()
    days = serializers.IntegerField()
    arms = serializers.ListField(child=serializers.ChoiceField(choices=Arm.choices))
    without = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=StudyState.choices)
    state_label = serializers.CharField()
    is_unfinished = serializers.BooleanField()
    is_sound = serializers.BooleanField(allow_null=True, help_text="False: a check failed and it says nothing.")
    text = serializers.CharField()
    progress = serializers.FloatField(help_text="0 to 1.")
    runs = serializers.IntegerField()
    runs_done = serializers.IntegerField()
    runs_failed = serializers.IntegerField()
    asked_at = serializers.DateTimeField()
    asked_by = serializers.CharField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    code_version = serializers.CharField()


class ArmRunRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    tape = serializers.IntegerField(help_text="Place among the tapes of the study.")
    seed = serializers.IntegerField()
    arm = serializers.ChoiceField(choices=Arm.choices)
    arm_label = serializers.CharField()
    without = serializers.CharField()
    without_label = serializers.CharField()
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    purpose_label = serializers.CharField()
    shuffle_after_h = serializers.FloatField(allow_null=True)
    state = serializers.ChoiceField(choices=RunState.choices)
    state_label = serializers.CharField()
    progress = serializers.FloatField(help_text="0 to 1.")
    tries = serializers.IntegerField()
    worker = serializers.CharField(help_text="Host and process.")
    text = serializers.CharField()
    checks_failed = serializers.ListField(child=serializers.CharField())
    failures_inside = serializers.IntegerField(help_text="Of the arm's own work; it played on all the same.")
    wall_total_s = serializers.FloatField(allow_null=True)


class ImpactTapeSerializer(serializers.Serializer):
    position = serializers.IntegerField()
    seed = serializers.IntegerField()
    begin_at = serializers.DateTimeField(allow_null=True, help_text="Null: not sealed yet.")
    tape_hash = serializers.CharField()


class ArmWallSerializer(serializers.Serializer):
    arm = serializers.CharField()
    runs = serializers.IntegerField()
    wall_s_per_week = serializers.FloatField(allow_null=True)
    plant_share = serializers.FloatField(allow_null=True)
    services_share = serializers.FloatField(allow_null=True)
    solvers_share = serializers.FloatField(allow_null=True)


class ArmMeansSerializer(serializers.Serializer):
    figure = serializers.CharField()
    words = serializers.CharField()
    by_arm = serializers.DictField(child=serializers.FloatField(), help_text="Mean over the tapes; without: not known.")


class ImpactStudySerializer(ImpactStudyRowSerializer):
    judgement = serializers.DictField(
        allow_null=True, help_text="claims (six, each with its pairs, guards, ceiling and ablation), checks, notes."
    )
    command = serializers.CharField()
    tapes = ImpactTapeSerializer(many=True)
    run_rows = ArmRunRowSerializer(many=True)
    walls = ArmWallSerializer(many=True)
    figures = ArmMeansSerializer(many=True, help_text="Economic, environmental and service figures.")


class ImpactStudiesSerializer(serializers.Serializer):
    studies = ImpactStudyRowSerializer(many=True)


class ArmCheckSerializer(serializers.Serializer):
    name = serializers.CharField()
    ok = serializers.BooleanField()
    value = serializers.FloatField(allow_null=True)
    bound = serializers.FloatField(allow_null=True)
    words = serializers.CharField()


class ArmFailureSerializer(serializers.Serializer):
    words = serializers.CharField()
    times = serializers.IntegerField()


class ArmRunSerializer(ArmRunRowSerializer):
    study = serializers.IntegerField()
    network = serializers.CharField()
    days = serializers.IntegerField()
    begin_at = serializers.DateTimeField(allow_null=True)
    tape_hash = serializers.CharField()
    code_version = serializers.CharField()
    repeats = serializers.IntegerField(allow_null=True, help_text="The run whose result this one took.")
    commands = serializers.ListField(child=serializers.CharField(), help_text="What seals the tape and plays the run.")
    began_at = serializers.DateTimeField(allow_null=True)
    heard_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    wall_plant_s = serializers.FloatField(allow_null=True)
    wall_services_s = serializers.FloatField(allow_null=True)
    wall_solvers_s = serializers.FloatField(allow_null=True)
    figures = serializers.DictField(child=serializers.FloatField(allow_null=True))
    checks = ArmCheckSerializer(many=True)
    acts = serializers.ListField(child=serializers.DictField(), help_text="at_s, kind, element, value, desk.")
    failures = ArmFailureSerializer(many=True, help_text="What went wrong inside the arm while it played on.")


class FigureRowSerializer(serializers.Serializer):
    run = serializers.IntegerField()
    seed = serializers.IntegerField()
    arm = serializers.ChoiceField(choices=Arm.choices)
    without = serializers.CharField()
    without_label = serializers.CharField()
    value = serializers.FloatField(allow_null=True)


class FigureRowsSerializer(serializers.Serializer):
    figure = serializers.CharField()
    rows = FigureRowSerializer(many=True)


class ImpactRefusedSerializer(serializers.Serializer):
    detail = serializers.CharField()
