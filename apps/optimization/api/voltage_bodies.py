"""What the voltage desk says and takes, for the OpenAPI document."""

from rest_framework import serializers

from apps.dispatch.choices.proposal import ProposalStatus
from apps.optimization.api.runs import OptimizationRunSerializer
from apps.optimization.choices import LONGEST_REASON, VoltageObjective

PU = "In parts of the nominal voltage."


class VoltageExtremeSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    pu = serializers.FloatField()
    limit_pu = serializers.FloatField()
    room_pu = serializers.FloatField(help_text="To the limit; negative: beyond it.")


class FeederRoomSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    substation = serializers.CharField()
    nominal_kv = serializers.FloatField()
    customers = serializers.IntegerField()
    nodes = serializers.IntegerField()
    known = serializers.IntegerField(help_text="Nodes that are live and whose voltage is known.")
    low = VoltageExtremeSerializer(allow_null=True, help_text="The node with least room above its low limit.")
    high = VoltageExtremeSerializer(allow_null=True, help_text="The node with least room below its high limit.")
    beyond = serializers.IntegerField(help_text="Nodes beyond a limit.")


class VoltagePlanLineSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    run = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    objective = serializers.ChoiceField(choices=VoltageObjective.choices)
    is_confirmed = serializers.BooleanField(help_text="By the full power flow of every step, and better than nothing.")
    finding = serializers.CharField()
    expected_from = serializers.CharField(help_text="Whose word the steps ahead are, or why there are none.")
    moves = serializers.ListField(child=serializers.CharField(), help_text="Of now, in words.")
    figures = serializers.DictField(help_text="Of the whole network over all steps, before and after.")
    duration_ms = serializers.FloatField()


class FeederVoltageLineSerializer(FeederRoomSerializer):
    objective = serializers.ChoiceField(choices=VoltageObjective.choices)
    mode = serializers.CharField(allow_null=True, help_text="off, advise, automatic; null: no rule, a person approves.")
    plan = VoltagePlanLineSerializer(allow_null=True)


class FeederVoltagesSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    state_at = serializers.DateTimeField(allow_null=True)
    model_version = serializers.IntegerField(allow_null=True)
    feeders = FeederVoltageLineSerializer(many=True)


class VoltageProfileSerializer(serializers.Serializer):
    mrid = serializers.ListField(child=serializers.UUIDField())
    name = serializers.ListField(child=serializers.CharField())
    kv = serializers.ListField(child=serializers.FloatField())
    km = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Of line from the feeding bus.")
    fed_from = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="Place in these columns of what feeds the node."
    )
    is_own = serializers.ListField(child=serializers.BooleanField(), help_text="False: on the way to the feeder.")
    pu = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="The newest state.")
    provenance = serializers.ListField(child=serializers.CharField())
    low_pu = serializers.ListField(child=serializers.FloatField())
    high_pu = serializers.ListField(child=serializers.FloatField())
    planned_pu = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="After the moves that the newest plan has for now."
    )


class VoltagePointSerializer(serializers.Serializer):
    point = serializers.IntegerField()
    name = serializers.CharField()
    place = serializers.IntegerField(allow_null=True, help_text="Place in the profile's columns.")
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    pu = serializers.FloatField(allow_null=True)
    sigma_pu = serializers.FloatField(allow_null=True, help_text="One standard deviation of the meter.")
    at = serializers.DateTimeField(allow_null=True)
    is_usable = serializers.BooleanField()
    quality = serializers.IntegerField()
    is_stale = serializers.BooleanField()


class VoltageSettingBody(serializers.Serializer):
    objective = serializers.ChoiceField(choices=VoltageObjective.choices)
    flat_pu = serializers.FloatField(min_value=0.9, max_value=1.1, default=1.0, help_text=f"Of 'flat'. {PU}")
    most_operations_per_day = serializers.IntegerField(min_value=0, max_value=200, help_text="Of each device.")
    reason = serializers.CharField(max_length=LONGEST_REASON)


class VoltageSettingSerializer(serializers.Serializer):
    objective = serializers.ChoiceField(choices=VoltageObjective.choices)
    objective_label = serializers.CharField()
    flat_pu = serializers.FloatField()
    most_operations_per_day = serializers.IntegerField()
    set_by = serializers.CharField(allow_null=True, help_text="null: nobody, it holds by itself.")
    set_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class VoltageChangeSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    value = serializers.FloatField()


class VoltageDeviceSerializer(serializers.Serializer):
    mrid = serializers.UUIDField(help_text="Of the transformer, or of the switch of a capacitor.")
    name = serializers.CharField()
    quantity = serializers.CharField(help_text="tap_position, or switch_state of a capacitor.")
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    neutral = serializers.IntegerField()
    step = serializers.FloatField(help_text="What one position does, in `unit`.")
    unit = serializers.CharField()
    target_pu = serializers.FloatField(allow_null=True, help_text="What the local controller holds.")
    may_move = serializers.BooleanField(help_text="False: it takes no orders, or hangs under a hold tag.")
    position = serializers.FloatField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    quality = serializers.IntegerField(allow_null=True)
    is_stale = serializers.BooleanField()
    point = serializers.IntegerField(allow_null=True)
    since = serializers.DateTimeField(help_text="Begin of the local day.")
    began_with = serializers.FloatField(allow_null=True, help_text="Position before the day's first change.")
    changes = VoltageChangeSerializer(many=True)
    operations_today = serializers.IntegerField()
    most_per_day = serializers.IntegerField()


class FeederPlanSerializer(VoltagePlanLineSerializer):
    course = serializers.DictField(help_text="Per step: begin, extremes before and after, positions by device.")


class FeederProposalSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    troubles = serializers.ListField(child=serializers.CharField(), help_text="The same steps may answer several.")
    status = serializers.ChoiceField(choices=ProposalStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    unit = serializers.CharField()
    value_before = serializers.FloatField(allow_null=True)
    value_after = serializers.FloatField(allow_null=True)
    expected_relief = serializers.FloatField(allow_null=True)
    receipt = serializers.DictField(allow_null=True)


class VoltageRecordSerializer(serializers.Serializer):
    count = serializers.FloatField()
    hit_rate = serializers.FloatField(allow_null=True)
    share_inside = serializers.FloatField(allow_null=True)
    ended_rate = serializers.FloatField(allow_null=True)
    reliability = serializers.FloatField(allow_null=True)


class FeederVoltageSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    state_at = serializers.DateTimeField()
    feeder = FeederRoomSerializer()
    profile = VoltageProfileSerializer(help_text="Columns side by side, a row for each node.")
    points = VoltagePointSerializer(many=True)
    setting = VoltageSettingSerializer()
    autonomy = serializers.DictField(allow_null=True, help_text="The rule of the voltage desk that holds here.")
    devices = VoltageDeviceSerializer(many=True)
    plan = FeederPlanSerializer(allow_null=True)
    plans = VoltagePlanLineSerializer(many=True, help_text="The newest first.")
    run = OptimizationRunSerializer(allow_null=True, help_text="The newest run of the desks, of whatever feeder.")
    proposals = FeederProposalSerializer(many=True)
    record = VoltageRecordSerializer()
