from rest_framework import serializers

from apps.demand_response.choices import ImportKind, ImportState


class ImportQuery(serializers.Serializer):
    kind = serializers.ChoiceField(ImportKind.choices, default=ImportKind.CUSTOMERS, required=False)
    program = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, default=None)
    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    usage_point = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class ImportProblemSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="Line of the file; 0: the file itself.")
    field = serializers.CharField()
    problem = serializers.CharField()


class ImportRunLineSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(ImportKind.choices)
    program = serializers.IntegerField(allow_null=True)
    file_name = serializers.CharField()
    usage_point = serializers.CharField()
    state = serializers.ChoiceField(ImportState.choices)
    reason = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    problem_count = serializers.IntegerField()
    handed_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    duration_ms = serializers.IntegerField(allow_null=True)


class ImportRunSerializer(ImportRunLineSerializer):
    problems = ImportProblemSerializer(many=True, help_text="Of every bad row, at most 5,000.")


class ImportRunsSerializer(serializers.Serializer):
    imports = ImportRunLineSerializer(many=True)


class ConfirmationSerializer(serializers.Serializer):
    leave_out_bad_rows = serializers.BooleanField(required=False, default=False)
